// write_enterprise IDP_ORIGIN SERVER_ORIGIN DIRECTORY: nginx.conf, which answers as the canned
// enterprise does, and client.json for the clients that are no MCP host.
#include "canned_enterprise.hpp"

#include <cstdio>
#include <fstream>

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: write_enterprise IDP_ORIGIN SERVER_ORIGIN DIRECTORY\n");
        return 2;
    }
    const auto enterprise = mcp_auth::bench::CannedEnterprise::at(argv[1], argv[2]);
    const std::string directory = argv[3];
    std::ofstream nginx(directory + "/nginx.conf"), client(directory + "/client.json");
    nginx << enterprise.nginx_configuration(directory);
    client << enterprise.client_json();
    nginx.close();
    client.close();
    return nginx && client ? 0 : 1;
}
