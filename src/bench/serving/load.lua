-- What wrk sends, for load.ts: bodies from a file, a line each: content type, a tab, the body with \n for line ends.
-- Arguments: file, and milliseconds that each connection waits before it sends again.
local requests = {}
local at = 0
local pause = 0

function init(arguments)
  pause = tonumber(arguments[2] or "0")
  for line in io.lines(arguments[1]) do
    local content_type, body = line:match("^([^\t]*)\t(.*)$")
    body = body:gsub("\\\\", "\0"):gsub("\\n", "\n"):gsub("%z", "\\")
    requests[#requests + 1] = wrk.format("POST", "/invocations", { ["Content-Type"] = content_type }, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

if os.getenv("LOAD_PAUSES") then
  -- Spread evenly around the mean, so that connections do not march in step.
  function delay()
    return math.floor(pause * 2 * math.random() + 0.5)
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"highest":%d,"status":%d,"broken":%d,"late":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
