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

from gradio_client import Client, handle_file


def main(address, photo, painting, out, *options):
    password = os.environ.get("NEURALART_PASSWORD")
    client = Client(address, verbose=False, auth=("me", password) if password else None)
    chosen = dict(option.split("=", 1) for option in options)
    job = client.submit(handle_file(photo), handle_file(painting), chosen, api_name="/paint")
    reports, report = iter(job), {}
    while True:
        try:
            report = next(reports)
            print(report["told"], flush=True)
        except StopIteration:
            break
        except KeyboardInterrupt:
            client.predict(report["key"], api_name="/stop")
    if "picture" not in report:
        job.result()  # raises what was wrong with the order
        sys.exit(report.get("message") or "nothing was painted")
    shutil.copy(report["picture"], out)
    result = report["result"]
    print(f"{out}: {result['size'][0]} x {result['size'][1]} pixels after {result['iterations']} iterations")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
