"""Beside the functions of SpendSense, in Python.

    peer.py features DATABASE YYYY-MM-DD    everybody's features with pandas, as JSON: seconds to read and to compute, memory
    peer.py start                           a function that only imports boto3, and then asks for work
"""

import http.client
import json
import os
import sys
import time


def features(database, day):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../scripts"))
    import numpy as np
    import oracle

    as_of = np.datetime64(day)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    data = oracle.read(database, as_of)
    read, read_cpu = time.perf_counter(), time.process_time()
    oracle.features(data, as_of)
    end, end_cpu = time.perf_counter(), time.process_time()
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"read": read - begin, "compute": end - read, "cpu": end_cpu - begin_cpu, "compute_cpu": end_cpu - read_cpu,
                      "peak_kb": peak, "transactions": len(data.transactions)}))


def start():
    import boto3  # noqa: F401, its import is what is measured

    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    api.getresponse()


if __name__ == "__main__":
    {"features": features, "start": start}[sys.argv[1]](*sys.argv[2:])
