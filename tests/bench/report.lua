-- For wrk: one line of JSON with what was measured. With addresses as arguments it asks for them in
-- turn, in every encoding; an answer is then only an error if it is the server's own.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(addresses)
  failed = 0
  if #addresses == 0 then
    return
  end
  local encodings = { "br", "gzip", "identity" }
  local turn = 0
  request = function()
    turn = turn + 1
    local address = addresses[1 + turn % #addresses]
    local encoding = encodings[1 + math.floor(turn / #addresses) % #encodings]
    return wrk.format("GET", address, { ["Accept-Encoding"] = encoding })
  end
  response = function(status)
    if status >= 500 then
      failed = failed + 1
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = 0
  for _, thread in ipairs(threads) do
    failed = failed + thread:get("failed")
  end
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "bytes": %d, "lost": %d, "refused": %d, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.bytes, errors.connect + errors.read + errors.write + errors.timeout, errors.status, failed
  ))
end
