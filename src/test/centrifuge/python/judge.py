# SPDX-License-Identifier: Apache-2.0
"""Judges a server with the published SDK: one line for each scenario and encoding; the exit code is how many failed."""

import asyncio
import logging
import os
import sys
import traceback

from scenarios import scenarios
from stage import Skipped, Stage

SCENARIO_MAX_SECONDS = 120


def names(variable):
    return {one for one in os.environ.get(variable, "").split(",") if one}


async def judge(name, encoding, play):
    """Whether the scenario failed."""
    full = f"{name} ({encoding})"
    only, skip = names("CENTRIFUGE_ONLY"), names("CENTRIFUGE_SKIP")
    if only and not only & {name, full}:
        return False
    if skip & {name, full}:
        print(f"skip {full} (by CENTRIFUGE_SKIP)", flush=True)
        return False
    stage = Stage(encoding)
    try:
        await asyncio.wait_for(play(stage), SCENARIO_MAX_SECONDS)
        print(f"ok {full}", flush=True)
    except Skipped as skipped:
        print(f"skip {full} ({skipped})", flush=True)
    except Exception as error:
        print(f"FAIL {full} {type(error).__name__} {' '.join(str(error).split())[:1000]}", flush=True)
        if os.environ.get("CENTRIFUGE_TRACE"):
            traceback.print_exc()
        return True
    finally:
        await stage.close()
    return False


async def main():
    logging.getLogger("centrifuge").setLevel(logging.CRITICAL)
    failed = 0
    for encoding in os.environ.get("CENTRIFUGE_ENCODING", "json,protobuf").split(","):
        for name, play in scenarios.items():
            failed += await judge(name, encoding, play)
    return failed


sys.exit(min(asyncio.run(main()), 255))
