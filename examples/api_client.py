"""Paint through the HTTP API of `neuralart app`, from any machine that reaches it.

Needs only: pip install gradio_client

    neuralart app                                                           # prints its address
    python api_client.py http://127.0.0.1:7860 photo.jpg painting.jpg out.png size=512 num_iters=300

Options are those of neuralart.stylize. A password is read from the variable NEURALART_PASSWORD. Ctrl-C stops the
painting, and the picture reached is fetched.

Endpoints, each of which answers with plain data:

    /paint    content, style, options   reports, about three a second; the last has picture, animation and record
    /stop     key                       stops the painting of this key, which every report names
    /go_on    key                       reports again, from where it was stopped
    /gallery                            the newest pictures, each as files
"""

import os
import shutil
import sys
import time

from gradio_client import Client, handle_file


def main(address, photo, painting, out, *options):
    password = os.environ.get("NEURALART_PASSWORD")
    client = Client(address, verbose=False, auth=("me", password) if password else None)
    chosen = dict(option.split("=", 1) for option in options)
    job = client.submit(handle_file(photo), handle_file(painting), chosen, api_name="/paint")
    # Not "for report in job": that never ends where an upload was refused.
    reports = []
    while True:
        try:
            is_over = job.done()
            for report in job.outputs()[len(reports) :]:
                reports.append(report)
                print(report["told"], flush=True)
            if is_over:
                break
            time.sleep(0.2)
        except KeyboardInterrupt:
            if not reports:
                raise
            client.predict(reports[-1]["key"], api_name="/stop")
    try:
        job.result()  # raises what was wrong with the order
    except Exception as error:
        if hasattr(error, "response"):  # an upload was refused, and the answer says why
            sys.exit(error.response.text.strip())
        raise
    report = reports[-1]
    if "picture" not in report:
        sys.exit(report.get("message") or "nothing was painted")
    shutil.copy(report["picture"], out)
    result = report["result"]
    print(f"{out}: {result['size'][0]} x {result['size'][1]} pixels after {result['iterations']} iterations")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
