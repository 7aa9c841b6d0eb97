// The first plugin of plugin_api/README.md, and its test.
#include <gtest/gtest.h>

#include "plugin_api_1.hpp"

#include "plugin_api_7.hpp"
