# Debian's Mosquitto where upstream's image has its own: the same paths, user and start.
FROM debian:bookworm-slim
RUN apt-get update -q && \
    apt-get install -y -q --no-install-recommends mosquitto mosquitto-clients && \
    rm -rf /var/lib/apt/lists/* && \
    groupmod --gid 1883 mosquitto && usermod --uid 1883 --gid 1883 mosquitto && \
    mkdir -p /mosquitto/config /mosquitto/data /mosquitto/log && \
    cp /etc/mosquitto/mosquitto.conf /mosquitto/config/mosquitto.conf && \
    chown -R mosquitto:mosquitto /mosquitto
COPY mosquitto-entrypoint.sh /docker-entrypoint.sh
VOLUME ["/mosquitto/data", "/mosquitto/log"]
EXPOSE 1883
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]
