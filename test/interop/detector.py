"""Somebody else's detector: publishes image files as they are. usage: detector.py PORT QOS FILE..."""
import sys

import paho.mqtt.client as mqtt

port, qos, files = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION1) if hasattr(mqtt, "CallbackAPIVersion") else mqtt.Client()
client.connect("127.0.0.1", port)
client.loop_start()
for file in files:
    with open(file, "rb") as image:
        client.publish("face_detection", image.read(), qos=qos).wait_for_publish()
client.disconnect()
client.loop_stop()
