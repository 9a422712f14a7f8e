"""Every request of the fuzzer comes from another address, as the proxy before the server would say: refused requests of
one address are limited, and the limit would be all that is tested. And every one has a key of its own where it had the example:
one key for all of them would be refused as used before, or answered from what was kept (C-19), before anything is done."""

import itertools

import schemathesis

EXAMPLE_KEY = '"5f0c9a52-7f7e-4a0e-9f4b-1c1d7f0f8a11"'
numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    number = next(numbers)
    case.headers = case.headers or {}
    case.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if case.headers.get("Idempotency-Key") == EXAMPLE_KEY:
        case.headers["Idempotency-Key"] = f'"{EXAMPLE_KEY[1:-13]}{number:012x}"'
