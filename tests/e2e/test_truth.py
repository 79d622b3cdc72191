"""Every capture of the corpus against independently computed facts: tools/truth."""
import os
import subprocess
import sys

import baleen


def test_every_difference_is_explained(corpus):
    compared = subprocess.run([baleen.ROOT / 'tools/truth', '--build', baleen.BUILD], capture_output=True, text=True,
                              env={**os.environ, 'BALEEN_CORPUS': str(corpus)})
    sys.stdout.write(compared.stdout)
    assert compared.returncode == 0, compared.stdout + compared.stderr
