-- For wrk: each request is by another account that nobody has seen yet.
--   wrk … -s first-logins.lua URL -- FILE FIRST
-- FILE has one Authorization a line; FIRST, from 0, is the line to begin with.
local values = {}
local position = 0

function init(args)
  local first, line = tonumber(args[2]), 0
  for value in io.lines(args[1]) do
    if line >= first then values[#values + 1] = value end
    line = line + 1
  end
end

function request()
  position = position + 1
  if values[position] == nil then error("no account is left that wasn't seen yet") end
  return wrk.format("GET", nil, { ["Authorization"] = values[position] })
end
