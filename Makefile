# Everything is run through .venv's own Python, as a module: that holds wherever
# this folder is, also under a path with spaces. (djade is not Python.)
python := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: .venv/requirements.txt ## the site at http://127.0.0.1:8000/ (PORT=, HOST=, DATA=)
	@exec $(python) manage.py start

staff: .venv/requirements.txt ## a staff account, or a new password for one
	@exec $(python) manage.py staff

test: .venv/requirements-dev.txt ## every test, on SQLite and PostgreSQL and in a browser (ARGS= for pytest)
	@exec $(python) -m tests $(ARGS)

page-audit: .venv/requirements-dev.txt ## the W3C checker, Lighthouse and axe on every type of page (ARGS= for some addresses)
	@exec $(python) -m tests.page_audit $(ARGS)

finder-eval: .venv/requirements-dev.txt ## how well the finder answers graded queries (ARGS= for other files of them)
	@exec $(python) -m tests.finder_eval $(ARGS)

enquiry-load: .venv/requirements-dev.txt ## 1,000 enquiries from 20 clients at once: what is stored and sent, and how fast
	@exec $(python) -m tests.enquiry_load $(ARGS)

bench: .venv/requirements-dev.txt ## how fast the site is, how fresh, and how it grows (ARGS="--quick" for a first look)
	@exec $(python) -m tests.bench $(ARGS)

# The settings of a site in production, made up, for its checks.
lint: export PRODUCTION := 1
lint: export DEBUG := 0
lint: export SECRET_KEY := made-up-for-the-checks-only-Qw7Zk2Vx9Lr4Ht6Yb1Nc8Md5
lint: export ALLOWED_HOSTS := www.example.org
lint: export BASE_URL := https://www.example.org
lint: export DATABASE_URL := sqlite://:memory:
lint: export TRUSTED_PROXIES := 1
lint: export EMAIL_URL := smtp+tls://mail.example.org:587
lint: export TEAM_EMAIL := team@example.org
lint: .venv/requirements-dev.txt ## style of Python and templates, migrations, settings for production
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +
	$(python) -m djlint --lint --quiet templates
	$(python) manage.py makemigrations --check --dry-run
	$(python) manage.py check --deploy --fail-level WARNING

compile := $(python) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' pyproject.toml
lock: .venv/requirements-dev.txt ## pin the newest versions that pyproject.toml allows
	$(compile) --output-file requirements.txt
	$(compile) --group dev --constraint requirements.txt --output-file requirements-dev.txt

# The copy of a lock inside .venv says that it is installed (install.sh).
.venv/%.txt: %.txt
	@./install.sh $<

.PHONY: help run staff test page-audit finder-eval enquiry-load bench lint lock
