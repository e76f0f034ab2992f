-- Does once what the scripts do, and returns what is known of the server; or the command that failed, and why.
local infos = {}
for _, command in ipairs({
  { 'INFO', 'server' }, { 'INFO', 'memory' }, { 'INFO', 'replication' }, { 'TIME' },
  { 'GET', KEYS[1] }, { 'SET', KEYS[1], '', 'PX', '1' },
}) do
  local answer = redis.pcall(unpack(command))
  if type(answer) == 'table' and answer.err then return { command[1], answer.err } end
  if command[1] == 'INFO' then infos[#infos + 1] = answer end
end
return { '', table.concat(infos) }
