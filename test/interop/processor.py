"""Somebody else's processor: writes what arrives into files, numbered from 1. usage: processor.py PORT FOLDER"""
import itertools
import pathlib
import sys

import paho.mqtt.client as mqtt

numbers = itertools.count(1)
folder = pathlib.Path(sys.argv[2])
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION1) if hasattr(mqtt, "CallbackAPIVersion") else mqtt.Client()
client.on_connect = lambda client, *_: client.subscribe("face_detection", qos=1)
client.on_subscribe = lambda *_: print("ready", flush=True)
client.on_message = lambda client, data, message: (folder / f"{next(numbers)}.png").write_bytes(message.payload)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_forever()
