"""OpenDP: private queries over a CSV by its Polars context, as its documentation has each of them.

A unit is one row, added or removed. How many rows there are is private; that there are at most 100,000 is not.
A measurement is made once and released at every sample: that costs milliseconds, where making it costs a second.
"""

from importlib.metadata import version

import opendp.prelude as dp
import polars

from line import serve

dp.enable_features("contrib")

WHOLE = dp.polars.Margin(by=(), max_length=100_000)


def asked(request):
    column = request.get("column")
    if request["ask"] == "count":
        return lambda query: query.select(dp.len(signed=True))
    if request["ask"] == "sum":
        return lambda query: query.select(polars.col(column).dp.sum(tuple(request["bounds"])))
    if request["ask"] == "mean":
        return lambda query: query.select(polars.col(column).dp.mean(tuple(request["bounds"])))
    if request["ask"] == "known keys":
        keys = polars.DataFrame({column: request["keys"]})
        return lambda query: query.group_by(column).agg(dp.len(signed=True)).with_keys(keys)
    return lambda query: query.group_by(column).agg(dp.len(signed=True))


def query(request):
    """`shift` is taken from the column before, and given back to a mean: centring by hand."""
    data = polars.read_csv(request["file"])
    shift = request.get("shift", 0)
    if shift:
        data = data.with_columns(polars.col(request["column"]) - shift)
    frame = data.lazy()
    context = dp.Context.compositor(
        data=frame,
        privacy_unit=dp.unit_of(contributions=1),
        privacy_loss=dp.loss_of(epsilon=request["epsilon"], delta=request["delta"]),
        split_evenly_over=1,
        margins=[WHOLE],
    )
    private = asked(request)(context.query())
    scale = private.summarize()["scale"][0]
    release = private.resolve()

    def run():
        answer = release(frame).collect()
        if answer.width == 1:
            return {"value": answer.item() + shift}
        return dict(answer.select(request["column"], "len").iter_rows())

    return run, {"version": version("opendp"), "scale": scale}


if __name__ == "__main__":
    serve({"query": query})
