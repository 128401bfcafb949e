--[[
A target for darktable's export: the exported pictures are painted, and come back into the library beside the originals.

Copy this file to ~/.config/darktable/lua/, add the line  require "neuralart"  to ~/.config/darktable/luarc, and start
darktable again. In the module "export", choose the target "paint with neuralart". If the program is not on the PATH,
give its place in the preferences, under "Lua options".
]]

local dt = require "darktable"

dt.preferences.register("neuralart", "program", "string", "neuralart: program",
  "the command that is called, with its folder if it is not on the PATH", "neuralart")

local style = dt.new_widget("entry") {
  text = "wave",
  tooltip = "a picture file, or the name of a bundled painting: wave, starry-night, scream, lilies, shipwreck, ...",
}
local options = dt.new_widget("entry") {
  text = "--size 2048",
  tooltip = "more options, as neuralart --help has them: --size 2048 --strength 0.7",
}

local function quoted(text)
  if dt.configuration.running_os == "windows" then
    return '"' .. text .. '"'
  end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function stem(name)
  return (name:gsub("^.*[/\\]", ""):gsub("%.[^.]*$", ""))
end

-- Returns the name of a file beside the original that is not there yet.
local function free_name(image)
  local start = image.path .. "/" .. stem(image.filename) .. "-" .. stem(style.text)
  local name, number = start .. ".jpg", 1
  local file = io.open(name)
  while file do
    file:close()
    number = number + 1
    name = start .. "-" .. number .. ".jpg"
    file = io.open(name)
  end
  return name
end

-- Called once all pictures are exported; `exported` has the name of each picture's file.
local function paint(_, exported)
  for image, file in pairs(exported) do
    local output = free_name(image)
    local command = table.concat({
      quoted(dt.preferences.read("neuralart", "program", "string")),
      "--content", quoted(file), "--style", quoted(style.text), "--output", quoted(output), "--display off",
      options.text,
    }, " ")
    dt.print("neuralart paints " .. image.filename)
    if dt.control.execute(command) == 0 then
      local painted = dt.database.import(output)
      painted:group_with(image)
    else
      dt.print("neuralart could not paint " .. image.filename .. "; its message is where darktable was started")
    end
    os.remove(file)
  end
end

dt.register_storage("neuralart", "paint with neuralart", nil, paint, nil, nil, dt.new_widget("box") {
  orientation = "vertical",
  dt.new_widget("label") { label = "painting" }, style,
  dt.new_widget("label") { label = "options" }, options,
})
