/** The deployment.yaml that `belay init` writes: it can be read as it is, and says what else there is. */
export const INIT_TEMPLATE = `# A deployment: which release goes to which instances, how, and what happens when it goes wrong.
# See what it would do:  belay plan -f deployment.yaml
# Do it:                 belay deploy -f deployment.yaml

service: web
environment: staging

# What every instance is to run. Code and configuration move, and go back, together.
release:
  code_version: 1.5.0
  configuration_version: 12

# Kept with the deployment and shown; runbook becomes a link.
# metadata: { commit: 9f2c1ab, runbook: "https://wiki.example.com/web" }

# The instances, listed in a JSON file beside this one. Belay writes back what they run.
fleet:
  file: instances.json
  # only: [web-01, web-02]
  # exclude: [web-07]
  # first: [web-03]          # changed before the others

# An instance that doesn't answer before the first touch: refuse | exclude | include
unreachable: refuse

# How an instance is changed, and how it tells that it works.
# To try this file without changing anything: driver: { type: simulated }
driver:
  type: command
  # Run once per instance, without a shell. It finds INSTANCE_ID, INSTANCE_ADDRESS,
  # CODE_VERSION, CONFIGURATION_VERSION and more in its environment.
  update: [./update.sh]
  # env: { TOKEN: "\${env:DEPLOY_TOKEN}" }   # read where the worker runs, never stored or printed
  health:
    type: http
    path: /health
    # JSON fields of the answer that carry the versions
    code_version: version
    configuration_version: config
  # health: { type: command, run: [./health.sh] }

# One instance first, then a quarter of them at a time.
strategy:
  type: rolling
  batches: [1, 25%]
  # pause_between: 30s       # between two batches
  # bake: 5m                 # watched after the last one
  # Instead of batches: batch_size: 3, or window: 5 (the next starts when one ends)

# Instead: a growing share of instances and requests. Each step is measured and judged before the next.
# strategy: { type: canary, steps: [10, 25, 50, 75, 100] }   # or increment: 10
# What is in front of the fleet. Without it, the share of instances is the share of requests.
# traffic: { type: haproxy, endpoints: ["unix:/run/haproxy/admin.sock"], map: /etc/haproxy/belay.map, backends: { stable: web_stable, canary: web_canary } }
# metrics: { type: prometheus, url: "http://prometheus:9090" }
# analysis: { monitoring_duration: 10m, thresholds: { max_error_rate: 5% } }
# hooks: { pre_deploy: { type: command, run: [./ready.sh] } }

# How many may fail (a count or a percent), and what happens when more do: rollback | pause | abort
max_failures: 0
on_failure: rollback

# failed_instances: leave    # or restore: those that failed within the limit go back
# rollback: { batch_size: 25% }
# retry: { max_attempts: 3, initial_interval: 1s, backoff: 2, max_interval: 30s }
# timeouts: { instance: 5m, health: 60s, deployment: 1h }
# min_healthy_time: 10s      # healthy for this long before it counts
# health_interval: 10s
# approvals: [{ before_batch: 2, timeout: 4h, on_timeout: pause }]
# windows: [{ days: [mon-thu], from: "09:00", to: "16:00", time_zone: Europe/Berlin }]
# One group of instances after another (where requests are not split by a router):
# groups: { by: region, order: [eu, us], bake: 30m }
# order: name                # or as_listed, or { label: zone }; unhealthy ones come first, always
`;
