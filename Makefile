# Everything a developer or operator types. Paths may contain spaces; everything generated stays below .build and .run.
#
#   make run PORT=9000                    another port for the API
#   make run AFTERSALES_DATABASE_PORT=…   another loopback port for the development database
#   make test FILTER=WorkOrder            some of the tests (swift test --filter)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

HOST ?= 127.0.0.1
PORT ?= 8080
FILTER ?=
ORDERS ?= 100000
CSV ?=
ROWS ?= 10000
COMPLAINTS ?=
RECALLS ?=
SCORER ?=
PYTHON ?= python3
TOKEN_ROLE ?= hqService
# What is about deadlines, signals and news between instances runs before the rest and one by one, not beside it.
TIMED := ^(PostgresTests|WorkersTests|EndToEndTests)\.|TokenVerifierTests|PasswordHasherTests|ServerTests|OAuthTests

CLUSTER := db/scripts/cluster.sh
RELEASE := .build/release/aftersales

# What the development server and every `aftersales` command of this file gets; the sockets need no password.
define development
	export AFTERSALES_ENVIRONMENT=development; \
	AFTERSALES_DATABASE_URL=$$($(CLUSTER) dev url aftersales_app); export AFTERSALES_DATABASE_URL; \
	AFTERSALES_DATABASE_OWNER_URL=$$($(CLUSTER) dev url aftersales_owner); export AFTERSALES_DATABASE_OWNER_URL; \
	export AFTERSALES_SECRET_FILE=.run/secret AFTERSALES_SERVER_HOST='$(HOST)' AFTERSALES_SERVER_PORT='$(PORT)'
endef

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

.PHONY: run
run: db-up release ## Database, migrations, demo data and the server on 127.0.0.1:8080, from nothing
	@$(development); \
	$(RELEASE) migrate; \
	$(RELEASE) demo || [ $$? = 69 ]; \
	token=$$($(RELEASE) token issue --role '$(TOKEN_ROLE)' --ttl 12h --name 'make run'); \
	echo; \
	echo "An access token of role $(TOKEN_ROLE) for 12 hours (make token TOKEN_ROLE=… issues others):"; \
	echo "  $$token"; \
	echo "A first request, once the server says that it listens:"; \
	echo "  curl -s -H 'Authorization: Bearer $$token' http://$(HOST):$(PORT)/v1/me | jq"; \
	echo "Documentation: http://$(HOST):$(PORT)/docs   Stop: Ctrl-C, then make stop for the database"; \
	echo; \
	echo $$$$ >.run/server.pid; \
	exec $(RELEASE) serve

.PHONY: stop
stop: ## Stop the server of make run and the databases
	@if [ -f .run/server.pid ]; then \
	  pid=$$(cat .run/server.pid); \
	  if [ "$$(cat "/proc/$$pid/comm" 2>/dev/null)" = aftersales ]; then \
	    kill -TERM "$$pid"; \
	    for _ in $$(seq 120); do [ -d "/proc/$$pid" ] || break; sleep 0.1; done; \
	  fi; \
	  rm -f .run/server.pid; \
	fi
	@if [ -e .run/postgres ]; then $(CLUSTER) dev stop; fi
	@if [ -e .run/test-postgres ]; then $(CLUSTER) test stop; fi

.PHONY: install
install: ## Install missing Debian packages (asks for root rights only if some are missing)
	@.ci/install

# One command for everything that is built for development: alternating products would build dependencies twice.
.PHONY: build
build: install ## Build everything, tests included (debug)
	@swift build --build-tests --explicit-target-dependency-import-check error

.PHONY: release
release: install
	@swift build -c release --product aftersales

# Own cluster, with fsync, full_page_writes and synchronous_commit off: the tests' data may be lost, their time may not.
.PHONY: test
test: build ## Build, all tests on a private database, then the contract tests against the real server
	@started=; $(CLUSTER) test running || started=yes; \
	trap '[ -z "$$started" ] || $(CLUSTER) test stop' EXIT; \
	$(MAKE) test-db-up; \
	AFTERSALES_TEST_DATABASE_URL=$$($(CLUSTER) test conninfo postgres postgres); export AFTERSALES_TEST_DATABASE_URL; \
	$(if $(FILTER),swift test --skip-build --filter '$(FILTER)' 2>&1 | tee .run/test.log;, \
	  swift test --skip-build --no-parallel --filter '$(TIMED)' 2>&1 | tee .run/test.log; \
	  swift test --skip-build --skip '$(TIMED)' 2>&1 | tee -a .run/test.log;) \
	$(if $(FILTER),,.ci/with-server Tests/contract/all.sh 2>&1 | tee .run/contract.log; Tests/contract/fuzz.sh; \
	  Tests/bench/sync.sh --orders 500;) \
	echo; \
	grep -hE 'Test run with [0-9]+ tests?' .run/test.log | sed -E 's/^[^T]*//' || { echo "no test ran" >&2; exit 1; }; \
	$(if $(FILTER),,tail -n 1 .run/contract.log)

.PHONY: contract
contract: build ## The contract tests alone: openapi.yaml against the running debug server
	@started=; $(CLUSTER) test running || started=yes; \
	trap '[ -z "$$started" ] || $(CLUSTER) test stop' EXIT; \
	$(MAKE) test-db-up; \
	.ci/with-server Tests/contract/all.sh; \
	Tests/contract/fuzz.sh

.PHONY: lint
lint: ## Format, boundaries, shell scripts, openapi.yaml
	@.ci/lint

.PHONY: format
format: ## Format Swift sources in place
	@swift format --in-place --parallel --recursive Sources Tests Package.swift

.PHONY: bench
bench: release ## Measure the release build (Tests/bench/run.sh)
	@.ci/install --bench
	@$(MAKE) db-up
	@$(development); AFTERSALES_BINARY="$$PWD/$(RELEASE)" Tests/bench/run.sh

.PHONY: bench-sync
bench-sync: release ## A dealer system brings 100,000 work orders twice (Tests/bench/sync.py); ORDERS=… another number
	@$(MAKE) db-up
	@WITH_SERVER_CLUSTER=dev AFTERSALES_BINARY="$$PWD/$(RELEASE)" Tests/bench/sync.sh --orders '$(ORDERS)'

.PHONY: import-complaints
import-complaints: release ## Complaints of a CSV in the public NHTSA layout, through the API and read back; CSV=…, ROWS=…
	@$(MAKE) db-up
	@WITH_SERVER_CLUSTER=dev AFTERSALES_BINARY="$$PWD/$(RELEASE)" Tests/bench/complaints_import.sh --rows '$(ROWS)' $(if $(CSV),'$(CSV)')

.PHONY: early-warning
early-warning: release ## How the early warning would have done on public history; COMPLAINTS=… RECALLS=… [SCORER=…] [PYTHON=…]
	@$(MAKE) db-up
	@COMPLAINTS='$(COMPLAINTS)' RECALLS='$(RECALLS)' SCORER='$(SCORER)' PYTHON='$(PYTHON)' \
	  AFTERSALES_BINARY="$$PWD/$(RELEASE)" Tests/bench/early_warning.sh

.PHONY: prove
prove: release ## Crashes, retries, money, shutdown, hostile clients, each with its control; PROVE_LONG=1 the big numbers
	@.ci/install --checks
	@AFTERSALES_BINARY="$$PWD/$(RELEASE)" Tests/prove/run.sh

.PHONY: prove-money
prove-money: ## Money under 100,000 random items from many sides at once (MONEY_ITEMS=… for others)
	@MONEY_ITEMS=$${MONEY_ITEMS:-100000} $(MAKE) test FILTER=MoneyPropertyTests

.PHONY: prove-stock
prove-stock: ## 64 clients on the same 50 parts for a minute: stock is the sum of its movements (STOCK_LOAD_SECONDS=… for longer)
	@STOCK_LOAD_SECONDS=$${STOCK_LOAD_SECONDS:-60} $(MAKE) test FILTER=StockConcurrencyTests

.PHONY: docs
docs: build ## Routes with their permissions, and openapi.json, into .run/docs
	@mkdir -p .run/docs
	@.build/debug/aftersales routes >.run/docs/routes.txt
	@if [ -f openapi.yaml ]; then cp openapi.yaml .run/docs/; fi
	@echo ".run/docs:"; ls .run/docs

.PHONY: db-up
db-up: install ## Start the development database (created at the first time) with its roles
	@mkdir -p .run
	@$(CLUSTER) dev start
	@umask 077; [ -s .run/passwords ] || { \
	  printf 'AFTERSALES_OWNER_PASSWORD=%s\nAFTERSALES_APP_PASSWORD=%s\n' "$$(openssl rand -hex 24)" "$$(openssl rand -hex 24)"; \
	} >.run/passwords; \
	set -a; source .run/passwords; set +a; \
	$(CLUSTER) dev psql --quiet --output=/dev/null --file - postgres <db/scripts/bootstrap.sql

.PHONY: db-down
db-down: ## Stop the development database
	@if [ -e .run/postgres ]; then $(CLUSTER) dev stop; fi

.PHONY: db-reset
db-reset: ## Delete the development database with its data and start a new one
	@$(CLUSTER) dev destroy
	@$(MAKE) db-up

.PHONY: test-db-up
test-db-up: install
	@mkdir -p .run
	@$(CLUSTER) test start
	@$(CLUSTER) test psql --quiet --output=/dev/null --file - postgres <db/scripts/bootstrap.sql

.PHONY: test-db-down
test-db-down:
	@if [ -e .run/test-postgres ]; then $(CLUSTER) test stop; fi

.PHONY: psql
psql: db-up ## A psql on the development database, as its superuser
	@$(CLUSTER) dev psql aftersales

.PHONY: migrate
migrate: db-up release ## Apply pending migrations to the development database
	@$(development); $(RELEASE) migrate

.PHONY: token
token: db-up release ## Print an access token for the development server (TOKEN_ROLE=hqService)
	@$(development); $(RELEASE) token issue --role '$(TOKEN_ROLE)' --ttl 12h --name 'make token'

.PHONY: clean
clean: stop ## Delete builds and databases
	@if [ -e .run/postgres ]; then $(CLUSTER) dev destroy; fi
	@if [ -e .run/test-postgres ]; then $(CLUSTER) test destroy; fi
	@if [ -e .run/prove-postgres ]; then $(CLUSTER) prove destroy; fi
	@rm -rf .run .build
