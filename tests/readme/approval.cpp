// What "Writing a provider safely" in plugin_api/README.md tests of its plugin.
#include <gtest/gtest.h>

#include "approval/plugin.cpp"

#include "plugin_api_6.hpp"
