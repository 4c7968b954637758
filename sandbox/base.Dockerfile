# A Debian release as a base image, made of its own signed packages where no registry has one: see ensureBase in src/docker/base-image.ts.
ARG FROM=debian:trixie-slim

FROM ${FROM} AS made
ARG RELEASE
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap \
 && { test -e /usr/share/debootstrap/scripts/$RELEASE || ln -s trixie /usr/share/debootstrap/scripts/$RELEASE; } \
 && debootstrap --variant=minbase "$RELEASE" /release \
 # What is no release yet is not always mirrored in time; its signatures hold all the same.
 && case "$RELEASE" in bullseye|bookworm|trixie) ;; *) \
      echo 'Acquire::Check-Valid-Until "false";' > /release/etc/apt/apt.conf.d/90dynscan;; esac \
 && rm -rf /release/dev/* /release/var/cache/apt/archives/*.deb /release/var/lib/apt/lists/*

FROM scratch
COPY --from=made /release /
CMD ["bash"]
