"""What tests/docs/run looks at in the documents: a fault that is planted in a block of each kind is found."""

import importlib.machinery
import importlib.util
import pathlib
import tempfile
import unittest
import unittest.mock

import places

PLANTED = {
    "of a main file": ("```toml\n[alerts]\ndigest = \"1m\"\n```\n", "digest", "digst"),
    "of a bot's file": ("<!-- test: of a bot's file -->\n```toml\n[[schedule]]\nname = \"a\"\ncron = \"0 7 * * *\"\n```\n",
                        "cron", "corn"),
    "a policy": ("<!-- test: a policy -->\n```toml\nmax_length = 280\n```\n", "max_length", "length_max"),
    "of Prometheus": ("```yaml\nscrape_configs: []\nrule_files: [flockwork.rules.yml]\n```\n", "scrape", "scarpe"),
    "a command": ("```sh\nflockwork stats --format json\n```\n", "--format", "--from"),
    "skipped": ("<!-- test: skip because it is planted -->\n```sh\nif true; then echo; fi\n```\n", " fi", ""),
    "of Compose": ("```sh\ndocker compose logs template-bot\n```\n", "template-bot", "another-bot"),
    "in a container": ("```sh\ndocker compose exec template-bot flockwork doctor\n```\n", "doctor", "docter"),
}


def runner(folder):
    """The program that plays documents, for those of that folder."""
    loader = importlib.machinery.SourceFileLoader("docs_run", str(places.ROOT / "tests" / "docs" / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("docs_run", loader))
    loader.exec_module(module)
    module.HOUSES["planted.md"] = (module.LIGHTHOUSE + "flockwork generate\n", {})
    module.FILES["planted.md"] = module.FILES["README.md"]
    original = module.ROOT

    def played(text):
        (folder / "planted.md").write_text(text)
        for name in (*module.FILES["README.md"], "deploy"):
            if not (folder / name).exists():
                (folder / name).symlink_to(original / name)
        with unittest.mock.patch.object(module, "ROOT", folder):
            return module.play(places.program(), "planted.md")

    return played


class Planted(unittest.TestCase):
    def test_a_fault_in_a_block_of_each_kind_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            played = runner(pathlib.Path(folder))
            for kind, (good, right, wrong) in PLANTED.items():
                with self.subTest(kind=kind):
                    ran, skipped, failed = played(good)
                    self.assertEqual((ran + len(skipped), failed), (1, []))
                    self.assertIn(right, good)
                    _, _, failed = played(good.replace(right, wrong, 1))
                    self.assertEqual(len(failed), 1, failed)
