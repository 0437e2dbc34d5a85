"""A desk lamp in the colour of what a voice sounds like, over MQTT, as Zigbee2MQTT and Tasmota understand it.

python examples/desk_lamp.py homeassistant.local zigbee2mqtt/desk/set
python examples/desk_lamp.py localhost zigbee2mqtt/desk/set --file call.wav

It needs paho-mqtt (`pip install "ser-live[mqtt]"`). Only committed emotions colour the lamp: a lamp that flickers with
every guess would be tiring. When nobody speaks it is dim and white.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

import ser_live
from ser_live.colours import COLOURS


def colour(event: ser_live.Event) -> dict[str, object] | None:
    """Return what the lamp is to do after an event, None for nothing."""
    if event.kind == "emotion" and event.end is None:
        return {"state": "ON", "color": {"hex": COLOURS.get(event.fields["label"], "#FFFFFF")}, "brightness": 200}
    if event.kind == "speech" and event.end is not None:
        return {"state": "ON", "color": {"hex": "#FFFFFF"}, "brightness": 30}
    return None


async def shine(client: Client, topic: str, file: Path | None, speed: float) -> None:
    """Follow a microphone or a recording."""
    async for record in ser_live.stream(file, speed=speed):
        if isinstance(record, ser_live.Event) and (message := colour(record)) is not None:
            client.publish(topic, json.dumps(message), qos=1).wait_for_publish(5)
            print(f"{record.end or record.start:7.1f} s  {message['color']}", flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Colour a lamp by what a voice sounds like.")
    parser.add_argument("broker", help="host of the MQTT broker")
    parser.add_argument("topic", help="where the lamp takes its commands")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--file", type=Path, help="a recording instead of the microphone")
    parser.add_argument("--speed", type=float, default=1.0, help="of the recording")
    options = parser.parse_args()
    client = Client(CallbackAPIVersion.VERSION2)
    try:
        client.connect(options.broker, options.port)
        client.loop_start()
        asyncio.run(shine(client, options.topic, options.file, options.speed))
    except (OSError, ser_live.SerLiveError) as error:
        raise SystemExit(f"desk_lamp: {error}") from None
    except KeyboardInterrupt:
        pass
    finally:
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    main()
