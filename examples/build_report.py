#!/usr/bin/env python3
"""A handler in Python: sums the numbers in the payload, {"title": "…", "numbers": […]}."""

import json
import os
import sys


def main() -> int:
    try:
        order = json.load(sys.stdin)
        numbers = [float(number) for number in order["numbers"]]
    except (ValueError, KeyError, TypeError) as error:
        print(f"not a report order: {error!r}", file=sys.stderr)
        return os.EX_DATAERR  # 65: a retry cannot help, archive the task
    report = {"title": order.get("title"), "count": len(numbers), "sum": sum(numbers)}
    json.dump(report, sys.stdout)
    print()
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
