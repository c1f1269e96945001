"""The line protocol of a peer: one JSON request a line on standard input, one JSON answer a line on standard output.

{"job": "large", "folder": "...", ...}  sets a job up and answers {"ready": true, ...}
{"sample": n}                           runs the job n times and answers {"ms": milliseconds each, "cpu": of processor time, ...}
Anything else that a library prints goes to standard error.
"""

import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def reply(answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def serve(jobs):
    """`jobs` maps a name to a function of the request that returns (run, facts); `run()` may return more facts."""
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "job" in request:
                run, facts = jobs[request["job"]](request)
                reply({"ready": True, **facts})
            else:
                count = request["sample"]
                start, used = time.perf_counter(), time.process_time()
                for _ in range(count):
                    facts = run()
                elapsed = (time.perf_counter() - start) * 1e3 / count
                cpu = (time.process_time() - used) * 1e3 / count
                reply({"ms": elapsed, "cpu": cpu, **(facts or {})})
        except Exception as error:  # the runner shows it
            reply({"error": f"{type(error).__name__}: {error}"})
