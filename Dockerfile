# The grader for running anywhere, and the base of Gradescope's "Manual Docker" way (docs/gradescope.md).
#   docker build -t grade .
#   docker run --rm -v "$PWD:/course" grade submissions/
# For torch: --build-arg EXTRAS=[torch] --build-arg TORCH_INDEX=<an index with the processor-only build>
ARG BASE=debian:bookworm-slim
FROM ${BASE}

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      python3 python3-venv libseccomp2 ca-certificates \
 && rm -rf /var/lib/apt/lists/*

ENV OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/grade/venv/bin:$PATH
WORKDIR /opt/grade
ARG EXTRAS=""
ARG TORCH_INDEX=""
COPY pyproject.toml README.md LICENSE /tmp/grade/
COPY grader /tmp/grade/grader
COPY reference /tmp/grade/reference
# References and grader are for root alone; student code runs under another user id and behind Landlock.
RUN python3 -m venv venv \
 && venv/bin/pip install --quiet --no-cache-dir ${TORCH_INDEX:+--extra-index-url ${TORCH_INDEX}} "/tmp/grade${EXTRAS}" \
 && rm -rf /tmp/grade \
 && chmod -R go= venv/lib/python3*/site-packages/grader venv/lib/python3*/site-packages/reference

WORKDIR /course
ENTRYPOINT ["grade"]
CMD ["--help"]
