"""The forwarder that others are measured against: what comes on one broker goes to another, with two paho clients and no disk.

usage: paho-forwarder.py EDGE_PORT CLOUD_PORT FILTER MAX_INFLIGHT
"""
import sys

import paho.mqtt.client as mqtt

EDGE_PORT, CLOUD_PORT, FILTER, MAX_INFLIGHT = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])


def new_client():
    # paho 2 asks which callbacks are meant.
    return mqtt.Client(mqtt.CallbackAPIVersion.VERSION1) if hasattr(mqtt, "CallbackAPIVersion") else mqtt.Client()


cloud = new_client()
cloud.max_inflight_messages_set(MAX_INFLIGHT)
cloud.connect("127.0.0.1", CLOUD_PORT)
cloud.loop_start()

edge = new_client()
edge.on_connect = lambda client, *_: client.subscribe(FILTER, qos=1)
edge.on_subscribe = lambda *_: print("ready", flush=True)
edge.on_message = lambda client, data, message: cloud.publish(message.topic, message.payload, qos=1)
edge.connect("127.0.0.1", EDGE_PORT)
edge.loop_forever()
