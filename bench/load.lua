-- wrk's part: one GET after the other through the paths of a file, and the tally as JSON.
-- Usage: wrk ... -s load.lua URL -- TOKEN PATHS_FILE

local requests, nth = {}, 0

function init(args)
  local headers = { ["Authorization"] = "Token " .. args[1] }
  for path in io.lines(args[2]) do
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  nth = nth % #requests + 1
  return requests[nth]
end

function done(summary)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"requests": %d, "seconds": %.6f, "failures": %d}',
    summary.requests, summary.duration / 1e6, failures))
end
