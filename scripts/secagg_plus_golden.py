# Transcripts of Flower's SecAgg+ as the Python package makes them: its own client modifier, driven by its own server workflow.
# Usage: python scripts/secagg_plus_golden.py src/audit/exhibits/secAggPlus/golden/flower.json   (pip install flwr)
# Only the wire is ours: messages go from one to the other by a function call. `seen` is what the server sees; `secret` is not its.
import base64, copy, importlib, json, logging, sys
from importlib.metadata import version
from types import SimpleNamespace
import numpy as np
from flwr.app import ConfigRecord, Context, RecordDict
from flwr.common import Code, FitRes, Message, Status, bytes_to_ndarray, ndarrays_to_parameters, parameters_to_ndarrays
from flwr.common.secure_aggregation import quantization
from flwr.common.secure_aggregation.crypto.shamir import combine_shares, create_shares
from flwr.common.secure_aggregation.crypto.symmetric_encryption import encrypt, generate_shared_key
from flwr.common.secure_aggregation.secaggplus_utils import pseudo_rand_gen
from flwr.compat.common import recorddict_compat as compat
from flwr.server.workflow.constant import MAIN_CONFIGS_RECORD, MAIN_PARAMS_RECORD, Key as WorkflowKey
from flwr.server.workflow.secure_aggregation import secaggplus_workflow as server
from flwr.supercore.primitives.asymmetric import *
from flwr.supercore.task_identity import TaskIdentity

logging.disable(logging.CRITICAL)
TaskIdentity.task_id = TaskIdentity.run_id = TaskIdentity.node_id = 1
# The package puts the function of this name before the module.
mod = importlib.import_module('flwr.client.mod.secure_aggregation.secaggplus_mod')
def text(b): return base64.b64encode(b).decode()

def masks():
    out = []
    for _ in range(4):
        (a, A), (b, B) = generate_key_pairs(), generate_key_pairs()
        key = generate_shared_key(a, B)
        assert key == generate_shared_key(b, A)
        mask = pseudo_rand_gen(key, 1 << 32, [(1,), (3,), (), (2, 2)])
        out.append({'secret': private_key_to_bytes(a).decode(), 'public': public_key_to_bytes(B).decode(), 'key': key.decode(),
                    'mask': np.concatenate([m.ravel() for m in mask]).tolist(), 'token': encrypt(key, b'to be read in TypeScript').decode()})
    return out

def quantised():
    drawn = []
    values = np.concatenate([np.random.default_rng(5).normal(0, 4, 40), [8, -8, 9, -9, 0, 0.5]])
    rand = np.random.rand
    np.random.rand = lambda *shape: drawn.append(rand(*shape)) or drawn[-1]
    result = quantization.quantize([values], 8.0, 1 << 22)[0]
    np.random.rand = rand
    return {'values': values.tolist(), 'uniforms': drawn[0].tolist(), 'quantised': result.tolist()}

def shamir(secret, threshold, count):
    shares = create_shares(secret, threshold, count)
    assert combine_shares(shares[-threshold:]) == secret
    return {'secret': text(secret), 'threshold': threshold, 'shares': [text(s) for s in shares]}

def session(ids, examples, entries, overlapping=False, dropped=(), **options):
    """One round of these nodes, each with `entries` parameters of its own.

    `overlapping`: the server calls every node alive and dead. `dropped`: who is gone after its shares were sent."""
    workflow = server.SecAggPlusWorkflow(**options)
    random = np.random.default_rng(7 + len(ids))
    params = {i: random.normal(0, 0.3, entries) for i in ids}
    contexts = {i: Context(run_id=1, node_id=i, node_config={}, state=RecordDict(), run_config={}) for i in ids}
    sent, answered, quantised = [], [], {}
    def fit(i):
        def call(message, context):
            res = FitRes(Status(Code.OK, ''), ndarrays_to_parameters([params[i]]), examples[i], {})
            return Message(compat.fitres_to_recorddict(res, False), reply_to=message)
        return call
    true_quantise = mod.quantize
    def exchange(messages, timeout=None):
        stage, replies = [], []
        for message in messages:
            i = message.metadata.dst_node_id
            if i in dropped and len(sent) >= 2:
                continue
            stage.append((i, {k: v for k, v in message.content.config_records['secaggplus_configs'].items()}))
            def quantise(*args):
                result = true_quantise(*args)
                quantised[i] = result[0].tolist()
                return result
            mod.quantize = quantise
            # As on the wire: nobody shares an object with anybody.
            replies.append(mod.secaggplus_mod(copy.deepcopy(message), contexts[i], fit(i)))
        sent.append(stage)
        answered.append([(r.metadata.src_node_id, r) for r in replies])
        return replies
    proxies = [(SimpleNamespace(node_id=i), SimpleNamespace(parameters=ndarrays_to_parameters([np.zeros(entries)]), config={})) for i in ids]
    summed = {}
    def aggregate(round_, results, failures):
        summed['mean'] = parameters_to_ndarrays(results[0][1].parameters)[0]
        return None, {}
    context = SimpleNamespace(
        state=RecordDict({MAIN_CONFIGS_RECORD: ConfigRecord({WorkflowKey.CURRENT_ROUND: 1}),
                          MAIN_PARAMS_RECORD: compat.parameters_to_arrayrecord(ndarrays_to_parameters([np.zeros(entries)]), True)}),
        strategy=SimpleNamespace(configure_fit=lambda *_: proxies, aggregate_fit=aggregate),
        client_manager=SimpleNamespace(num_available=lambda: len(ids)), history=None)
    grid, state = SimpleNamespace(send_and_receive=exchange), server.WorkflowState()
    for step in (workflow.setup_stage, workflow.share_keys_stage, workflow.collect_masked_vectors_stage):
        assert step(grid, context, state), step
    mean = np.zeros(0)
    if overlapping:
        def asked(i):
            near = sorted(state.nid_to_neighbours[i])
            return ConfigRecord({'stage': 'unmask', 'active_nids': near, 'dead_nids': near})
        exchange([Message(RecordDict({'secaggplus_configs': asked(i)}), dst_node_id=i, message_type='train') for i in ids])
    else:
        assert workflow.unmask_stage(grid, context, state)
        mean = summed['mean']
        alive = [i for i in ids if i not in dropped]
        expected = sum(examples[i] * params[i] for i in alive) / sum(examples[i] for i in alive)
        assert np.abs(mean - expected).max() < 1e-4, np.abs(mean - expected).max()
    def configs(stage): return {i: r.content.config_records['secaggplus_configs'] for i, r in answered[stage]}
    setup = {k: v for k, v in sent[0][0][1].items() if k != 'stage'}
    neighbours = {str(i): sorted(int(k) for k in c if k != 'stage' and int(k) != i) for i, c in sent[1]}
    nodes = []
    for i in ids:
        stored = contexts[i].state.config_records['secaggplus_state']
        gone = i in dropped
        masked = [np.zeros(0, int)] if gone else [bytes_to_ndarray(b).ravel() for b in configs(2)[i]['masked_params']]
        record = None if gone else dict(answered[2])[i].content
        unmasked = {'nids': [], 'shares': []} if gone else configs(3)[i]
        nodes.append({
            'id': i,
            'seen': {
                'keys': [configs(0)[i]['pk1'].decode(), configs(0)[i]['pk2'].decode()],
                'neighbours': neighbours[str(i)],
                'sealed': [{'to': d, 'token': c.decode()} for d, c in zip(configs(1)[i]['dsts'], configs(1)[i]['ctxts'])],
                'masked': np.concatenate(masked).tolist(),
                'examples': 0 if gone else int(record.metric_records['fitres.num_examples']['num_examples']),
                'arraysLeft': 0 if gone else sum(len(a) for a in record.array_records.values()),
                'shares': [{'of': n, 'share': text(s)} for n, s in zip(unmasked['nids'], unmasked['shares'])],
            },
            'secret': {
                'values': params[i].tolist(), 'quantised': quantised.get(i, []), 'seed': text(stored['rd_seed']),
                'keys': [stored['sk1'].decode(), stored['sk2'].decode()],
                'pairs': [{'with': j, 'key': generate_shared_key(bytes_to_private_key(stored['sk1']), bytes_to_public_key(configs(0)[j]['pk1'])).decode()} for j in neighbours[str(i)]],
            },
        })
    return {'settings': setup, 'mean': mean.tolist(), 'nodes': nodes}

golden = {
    'flwr': version('flwr'), 'numpy': np.__version__,
    'masks': masks(), 'quantise': quantised(),
    'shamir': [shamir(bytes(range(32)), 2, 3), shamir(b'a secret of no whole block', 3, 5)],
    'two': session([3, 11], {3: 120, 11: 87}, 24, num_shares=1.0, reconstruction_threshold=0.5),
    'three': session([5, 6, 9], {5: 40, 6: 333, 9: 7}, 24, num_shares=1.0, reconstruction_threshold=0.5),
    'ring': session([1, 2, 3, 4, 5, 6, 7], {i: 10 * i + 1 for i in range(1, 8)}, 24, num_shares=3, reconstruction_threshold=2),
    'dropped': session([21, 22, 23, 24], {21: 17, 22: 170, 23: 700, 24: 70}, 24, dropped=[23], num_shares=1.0, reconstruction_threshold=0.5),
    'overlapping': session([2, 4, 8, 16, 32], {2: 9, 4: 99, 8: 999, 16: 1, 32: 500}, 24, overlapping=True, num_shares=1.0, reconstruction_threshold=0.7),
}
json.dump(golden, open(sys.argv[1], 'w'), indent=1)
