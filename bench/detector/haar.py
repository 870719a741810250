#!/usr/bin/python3
"""The detector that Sightline is measured against: OpenCV's Haar cascade on every frame, a PNG for each face.

usage: haar.py VIDEO CASCADE.xml

Prints a line of JSON for each face, {"frame": n, "box": [x, y, w, h], "bytes": n}, and at the end {"frames": n, "faces": n, "bytes": n}.
The pictures go nowhere: publishing them costs next to nothing beside finding and encoding them, and would add a broker.
"""
import json
import sys

import cv2


def main():
    video, cascade_file = sys.argv[1:]
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(cascade_file)
    if cascade.empty():
        sys.exit(f"Expected a Haar cascade at {cascade_file}, got none; sudo apt-get install opencv-data")
    capture = cv2.VideoCapture(video)
    frames = faces = total = 0
    while True:
        good, frame = capture.read()
        if not good:
            break
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        for x, y, w, h in cascade.detectMultiScale(gray, 1.3, 5):
            _, png = cv2.imencode(".png", frame[y : y + h, x : x + w])
            size = len(png.tobytes())
            print(json.dumps({"frame": frames, "box": [int(x), int(y), int(w), int(h)], "bytes": size}))
            faces += 1
            total += size
        frames += 1
    print(json.dumps({"frames": frames, "faces": faces, "bytes": total}))


main()
