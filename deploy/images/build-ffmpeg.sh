#!/bin/bash
# Builds one ffmpeg program from Debian's own source package, with nothing in it but what the face-detector asks of it: read a
# camera, a stream or a video file, and write raw frames. LGPL parts alone; TLS is the base image's GnuTLS, as in Debian's ffmpeg.
# usage: build-ffmpeg.sh ARCH FOLDER     as root on Debian; ARCH: amd64 or arm64, FOLDER: where usr/local/… is put
# A build for another architecture is cross-compiled: nothing of it is run here.
set -euo pipefail

if [ $# != 2 ]; then sed -n '2,5s/^# //p' "$0" >&2; exit 2; fi
arch=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
case $arch in
  amd64) gnu=x86_64-linux-gnu cpu=x86_64 ;;
  arm64) gnu=aarch64-linux-gnu cpu=aarch64 ;;
  *) echo "Expected amd64 or arm64, got $arch" >&2; exit 2 ;;
esac

export DEBIAN_FRONTEND=noninteractive
sources=/etc/apt/sources.list.d/debian.sources
[ -f "$sources" ] || { echo "Expected Debian's sources in $sources, got none: the base image is to be Debian 12" >&2; exit 1; }
sed -i 's/^Types: deb$/Types: deb deb-src/' "$sources"
compiler=(gcc libc6-dev)
cross=()
if [ "$(dpkg --print-architecture)" != "$arch" ]; then
  dpkg --add-architecture "$arch"
  compiler=("gcc-${gnu//_/-}" "libc6-dev:$arch")
  cross=(--enable-cross-compile "--cross-prefix=$gnu-" "--arch=$cpu" --target-os=linux)
fi
apt-get update -q
apt-get install -y -q --no-install-recommends dpkg-dev make nasm pkg-config "${compiler[@]}" \
  "libgnutls28-dev:$arch" "libdav1d-dev:$arch" "zlib1g-dev:$arch"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# apt checks what it fetches against the archive's key.
apt-get source -q --only-source -o APT::Sandbox::User=root ffmpeg
cd ffmpeg-*/
version=$(dpkg-parsechangelog -S Version)

containers=concat,rtsp,sdp,rtp,hls,mov,matroska,avi,mpegts,mpegps,flv,asf,ogg,mjpeg,mpjpeg,h264,hevc,m4v,mpegvideo,ivf,obu,rawvideo,yuv4mpegpipe,gif,image2,image_jpeg_pipe,image_png_pipe,wav,mp3,aac
pictures=h264,hevc,mjpeg,mpeg4,msmpeg4v3,h263,flv,mpeg1video,mpeg2video,vc1,wmv3,vp8,vp9,libdav1d,theora,rawvideo,png,gif,ffv1,huffyuv
# Never decoded, but while a stream is opened each of its tracks is asked for its parameters: unknown sound would hold that up.
sound=aac,aac_latm,mp2,mp3,ac3,eac3,opus,vorbis,flac,pcm_alaw,pcm_mulaw,pcm_s16le,pcm_s16be,adpcm_g722,adpcm_g726,adpcm_g726le
parsers=h264,hevc,mjpeg,mpeg4video,h263,mpegvideo,vc1,vp8,vp9,av1,png,gif,aac,aac_latm,mpegaudio,ac3,opus,vorbis,flac
# The demuxer of ffconcat scripts puts the first two into every stream of that kind.
bitstreams=h264_mp4toannexb,hevc_mp4toannexb,vp9_superframe_split,av1_frame_merge,av1_frame_split,extract_extradata,mpeg4_unpack_bframes,null
protocols=pipe,file,rtp,srtp,tcp,udp,tls,http,https,httpproxy,hls,crypto,data
# scale is put in where pictures change their format, the turning ones where a camera says that it is turned.
filters=select,format,showinfo,scale,transpose,rotate,hflip,vflip,null,buffer,buffersink,crop

# pkg-config is to find the libraries of the architecture that is built for.
export PKG_CONFIG_LIBDIR=/usr/lib/$gnu/pkgconfig:/usr/share/pkgconfig
# The base image has zlib and GnuTLS; libdav1d, which it has not, is put beside the program.
libraries=/usr/local/lib

if ! ./configure --prefix=/usr/local --extra-version="${version#*-}" "${cross[@]}" --pkg-config=pkg-config --toolchain=hardened \
  --disable-everything --disable-autodetect --disable-doc --disable-debug --disable-programs --enable-ffmpeg \
  --disable-avdevice --enable-avdevice --enable-pthreads --enable-zlib --enable-gnutls --enable-libdav1d \
  --extra-ldflags="-Wl,-rpath,$libraries" \
  --enable-indev=v4l2 --enable-demuxer="$containers" --enable-decoder="$pictures" --enable-decoder="$sound" \
  --enable-parser="$parsers" --enable-bsf="$bitstreams" --enable-protocol="$protocols" --enable-filter="$filters" \
  --enable-muxer=rawvideo --enable-encoder=rawvideo; then
  tail -n 30 ffbuild/config.log >&2
  exit 1
fi
grep -q '^#define FFMPEG_LICENSE "LGPL' config.h || { echo 'Expected a program under the LGPL, got another licence' >&2; exit 1; }
make -j"$(nproc)" ffmpeg

install -D -m 755 ffmpeg "$out/usr/local/bin/ffmpeg"
"$([ ${#cross[@]} = 0 ] || echo "$gnu-")strip" "$out/usr/local/bin/ffmpeg"
install -D -m 644 "$(readlink -f "/usr/lib/$gnu/libdav1d.so")" "$out$libraries/$(basename "/usr/lib/$gnu"/libdav1d.so.?)"
papers=$out/usr/local/share/doc/ffmpeg
install -D -m 644 COPYING.LGPLv2.1 "$papers/COPYING.LGPLv2.1"
install -D -m 644 debian/copyright "$papers/copyright"
install -D -m 644 /usr/share/doc/libdav1d-dev/copyright "$papers/copyright.libdav1d"
cat >"$papers/SOURCE" <<SOURCE
This ffmpeg is built from Debian's source package ffmpeg $version, unchanged, under the GNU Lesser General Public
License, version 2.1 or later (COPYING.LGPLv2.1). libdav1d $(dpkg-query -W -f '${Version}' "libdav1d-dev:$arch") of Debian is beside it (copyright.libdav1d).
The source: apt-get source ffmpeg=$version, or https://snapshot.debian.org/package/ffmpeg/$version/
How it was built, to build it again or with changes: deploy/images/build-ffmpeg.sh of Sightline, with
$(sed -n 's/#define FFMPEG_CONFIGURATION "\(.*\)"/\1/p' config.h)
SOURCE
