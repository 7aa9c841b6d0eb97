// The plugin of "Writing a provider safely" in plugin_api/README.md, piece by piece.
#include "plugin_api_2.hpp"

#include "plugin_api_3.hpp"
#include "plugin_api_4.hpp"
#include "plugin_api_5.hpp"
