"""The service as a process of its own: `python -m tests.soak.service DATA PORT`. Each line on stdin is a flood.

A flood is that many updates of devices, as after a power cut; stdout says when it listens, and when a flood is over.
"""

import asyncio
import sys

from syncer.emulator import Emulator, Store

DEVICES = 200


async def serve(data: str, port: int) -> None:
    """Until stdin ends, or somebody kills it."""
    with Store(data) as store:
        if not store.devices(None):
            for number in range(DEVICES):
                store.add_device(store.instance.id, {"hwId": f"0090330{number:05}", "online": True}, [])
            store.add_device(None, {"hwId": "009033999999"})  # tells that the rest is there
        async with Emulator(store).start(port=port):
            print("ready", flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                await _flood(store, int(line))
                print("flooded", flush=True)


async def _flood(store: Store, count: int) -> None:
    devices = store.devices(store.instance.id)
    for number in range(count):
        device = devices[number % len(devices)]
        store.update_device(device.id, {"online": bool(number // len(devices) % 2)})
        if number % 100 == 0:
            await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
