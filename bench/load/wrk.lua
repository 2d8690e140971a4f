-- wrk's part: one GET after the other for the lines of a file, beginning somewhere in it, and the tally as JSON.
-- A line is a path, and the tag for If-None-Match where there is a tabulator and one behind it.
-- Usage: wrk ... -s wrk.lua URL -- FILE [TOKEN]

local requests, nth = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local path, tag = line:match("^([^\t]*)\t?(.*)$")
    local headers = {}
    if args[2] then headers["Authorization"] = "Token " .. args[2] end
    if tag ~= "" then headers["If-None-Match"] = tag end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
  -- Else every run would ask for the same first part of a long file.
  math.randomseed(os.time())
  nth = math.random(#requests)
end

function request()
  nth = nth % #requests + 1
  return requests[nth]
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"requests": %d, "seconds": %.6f, "failures": %d, "bytes": %d, "latency": %.6f}',
    summary.requests, summary.duration / 1e6, failures, summary.bytes, latency:percentile(50) / 1e6))
end
