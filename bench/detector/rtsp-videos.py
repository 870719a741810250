#!/usr/bin/python3
"""RTSP cameras made of video files, on GStreamer: the n-th file, from 0, as it is at rtsp://127.0.0.1:PORT/n.

usage: rtsp-videos.py PORT VIDEO.mp4 ...

Nothing is encoded, so that serving costs next to nothing. Prints "ready" once it listens; SIGTERM ends it.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main():
    port, *videos = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    for number, video in enumerate(videos):
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_shared(True)
        factory.set_launch(
            f'( filesrc location="{video}" ! qtdemux ! video/x-h264 ! rtph264pay name=pay0 pt=96 config-interval=1 )'
        )
        server.get_mount_points().add_factory(f"/{number}", factory)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


main()
