#!/usr/bin/python3
"""An RTSP camera for tests, on GStreamer: a moving test picture as H.264 at rtsp://127.0.0.1:PORT/cam.

usage: rtsp-camera.py PORT [--fps N] [--size WxH] [--user NAME]

With --user the camera asks for a login (basic authentication) and takes the password from the first line of standard input.
Prints "ready" once it listens, then "viewers N" whenever their number changes. SIGINT or SIGTERM ends it; SIGSTOP makes a camera that hangs.
"""
import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ROLE = "viewer"


def lock(server, factory, user, password):
    """Lets none but this user see that the path exists and play it."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role(ROLE)
    permissions.add_permission_for_role(ROLE, "media.factory.access", True)
    permissions.add_permission_for_role(ROLE, "media.factory.construct", True)
    factory.set_permissions(permissions)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--user")
    options = parser.parse_args()
    width, height = options.size.split("x")

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    factory.set_launch(
        "( videotestsrc is-live=true pattern=ball"
        f" ! video/x-raw,format=I420,width={width},height={height},framerate={options.fps}/1"
        f" ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={options.fps}"
        " ! rtph264pay name=pay0 pt=96 config-interval=1 )"
    )
    if options.user is not None:
        lock(server, factory, options.user, sys.stdin.readline().rstrip("\n"))
    server.get_mount_points().add_factory("/cam", factory)

    viewers = 0

    def count(change):
        nonlocal viewers
        viewers += change
        print(f"viewers {viewers}", flush=True)

    def connected(_server, client):
        count(1)
        client.connect("closed", lambda _client: count(-1))

    server.connect("client-connected", connected)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


main()
