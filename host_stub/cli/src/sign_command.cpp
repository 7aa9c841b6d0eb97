// mcp-auth sign - vouches for a plugin, so that hosts whose policy is "signed" load it.
#include "commands.hpp"
#include "invocation.hpp"

#include <mcp_auth/host/plugin_signing.hpp>

#include <CLI/App.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace mcp_auth::cli {
namespace {

struct SignArguments {
    std::string manifest, key, output;
    bool statement = false;
};

Error failed(const std::string& path) {
    return {Status::unavailable, "signing",
            path + " cannot be written: " + std::generic_category().message(errno)};
}

// In one step: a host that reads it meanwhile finds the former one or this one, whole.
Result<void> write_file(const std::string& path, const std::string& text) {
    std::string beside = path + ".XXXXXX";
    const int file = ::mkstemp(beside.data());
    if (file < 0) return failed(path);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fchmod(file, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0;
    if (::close(file) == 0 && written && ::rename(beside.c_str(), path.c_str()) == 0) return {};
    Error error = failed(path);
    ::unlink(beside.c_str());
    return error;
}

int run(const SignArguments& arguments, const Invocation& run) {
    if (arguments.statement) {
        const Result<std::string> statement = plugin_statement(arguments.manifest);
        return statement ? run.finish(*statement) : run.fail(statement.error());
    }
    const Result<PluginSignature> signature = sign_plugin(arguments.manifest, arguments.key);
    if (!signature) return run.fail(signature.error());
    if (arguments.output == "-") return run.finish(signature->text);
    const std::string output =
        arguments.output.empty() ? plugin_signature_file(arguments.manifest) : arguments.output;
    if (auto written = write_file(output, signature->text); !written)
        return run.fail(written.error());
    run.note("signed " + output + ", key " + signature->key_sha256);
    return 0;
}

}  // namespace

void add_sign(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<SignArguments>();
    CLI::App* command =
        app.add_subcommand("sign", "Sign a plugin, for hosts that load only signed ones");
    command->add_option("MANIFEST", arguments->manifest, "The plugin's manifest")->required();
    auto* key = command
                    ->add_option("--key", arguments->key,
                                 "The signer's private key: Ed25519, PEM, no password")
                    ->type_name("FILE");
    command
        ->add_option("--output", arguments->output,
                     "Where the signature goes (default: MANIFEST.sig; -: stdout)")
        ->type_name("FILE");
    command
        ->add_flag("--statement", arguments->statement,
                   "Print what is to be signed, for a key that something else holds")
        ->excludes(key);
    command->callback([arguments, key, &chosen] {
        if (!arguments->statement && key->empty())
            throw CLI::RequiredError("--key, or --statement,");
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
