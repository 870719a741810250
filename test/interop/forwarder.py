"""Somebody else's forwarder: raw bytes from a local broker to a remote one. usage: forwarder.py LOCAL_PORT REMOTE_PORT"""
import sys

import paho.mqtt.client as mqtt

TOPIC = "face_detection"


def new_client():
    return mqtt.Client(mqtt.CallbackAPIVersion.VERSION1) if hasattr(mqtt, "CallbackAPIVersion") else mqtt.Client()


remote = new_client()
remote.connect("127.0.0.1", int(sys.argv[2]))
remote.loop_start()

local = new_client()
local.on_connect = lambda client, *_: client.subscribe(TOPIC, qos=1)
local.on_subscribe = lambda *_: print("ready", flush=True)
local.on_message = lambda client, data, message: remote.publish(TOPIC, message.payload, qos=1)
local.connect("127.0.0.1", int(sys.argv[1]))
local.loop_forever()
