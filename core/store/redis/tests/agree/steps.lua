-- ARGV[1]: steps. Each is the time, the epoch, its beginning, the length of a state that is written before
-- or -1, that state, the number of arguments, and these.
local steps, at, state, outcomes = decode(ARGV[1]), 1, nil, {}
local function list()
  local n, numbers = steps[at], {}
  for i = 1, n do numbers[i] = steps[at + i] end
  at = at + 1 + math.max(0, n)
  if n >= 0 then return numbers end
end
while at <= #steps do
  local now, epoch, born = steps[at], steps[at + 1], steps[at + 2]
  at = at + 3
  local spoiled = list()
  if spoiled ~= nil then state = spoiled end
  local new, reply, keep = run(state, now, epoch, born, list())
  local outcome = { keep, #reply }
  for _, number in ipairs(reply) do outcome[#outcome + 1] = number end
  if new ~= nil then
    for _, number in ipairs(new) do outcome[#outcome + 1] = number end
    state = new
  end
  outcomes[#outcomes + 1] = encode(outcome)
end
return outcomes
