// The enterprise in a process of its own, so that what is measured of this one is the host's.
#pragma once

#include "ledger.hpp"

#include <sys/types.h>

#include <string>

namespace mcp_auth::load {

// Begin before any thread is started: it forks. Ends with this object, or this process.
class EnterpriseProcess {
public:
    explicit EnterpriseProcess(unsigned seed);
    ~EnterpriseProcess();
    EnterpriseProcess(const EnterpriseProcess&) = delete;
    EnterpriseProcess& operator=(const EnterpriseProcess&) = delete;

    const std::string& base() const { return base_; }  // "http://127.0.0.1:port"
    Ledger& ledger() { return *ledger_; }

private:
    Ledger* ledger_;
    std::string base_;
    int alive_ = -1;  // closed: the other process ends
    pid_t process_ = -1;
};

}  // namespace mcp_auth::load
