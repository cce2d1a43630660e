"""The words of the load report: what its charts are called, and what is said above them."""

CHARTS = {
    "throughput": "Throughput against concurrency",
    "latency": "Latency against concurrency",
    "time": "How the slots were used at each setting",
    "search": "The search of auto over time",
    "cpu": "Where the CPU of a request goes, by layer",
    "timeline": "Requests over time",
}
THROUGHPUT = (
    "Rows per second at each setting. The ideal is the speed at which no slot is ever idle: each always has a request "
    "that takes exactly the latency. Where it is far above the measured speed, it leaves the chart."
)
LATENCY = (
    "The time from sending a request to receiving its whole answer. "
    "Where it rises with the setting, the API is saturated."
)
TIME = (
    "A setting is a number of slots for requests, and 100 % is the time of all of them; for auto, of as many as it "
    "allowed at each moment. What is lost is the time in which a slot is free. At the start and the end there are "
    "fewer requests than slots. In between, a slot is free while the next request is not ready (CPU, checkpoints) "
    "or may not start yet (a rate limit, a pause, a retry). Requests that wait while every slot is taken are no loss: "
    "with one slot, all but one wait by design."
)
SEARCH = (
    "Above, the most requests in flight that auto allowed; a mark shows when and, if you point at it, what auto had "
    "found out by then. Below, good answers a second, in bins of {:.2g} s, and where there are any, the starts a "
    "second that it allowed and the refusals. Drag to zoom in, double-click to zoom out."
)
FIGURES = (
    "Medians over the runs of each setting. Requests wait at the gate for a free slot, for a rate limit, or for the "
    "end of a pause; with few slots, they wait long by design."
)
TIMELINE = (
    "A gap is a slot without a request, and a long bar is a slow answer. "
    "A gap in all slots during a checkpoint means that the writer holds up the requests. "
    "Drag to zoom in, double-click to zoom out."
)
