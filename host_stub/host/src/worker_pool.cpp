#include "worker_pool.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace mcp_auth::host {

WorkerPool::WorkerPool(unsigned threads, std::size_t queue_limit)
    : limit_(threads == 0 ? 1 : threads), queue_limit_(queue_limit) {}

WorkerPool::~WorkerPool() {
    close();
}

bool WorkerPool::submit(std::function<void()> task) {
    {
        std::lock_guard lock(mutex_);
        if (closed_ || queue_.size() >= queue_limit_) return false;
        queue_.push_back(std::move(task));
        start_if_needed_locked();
        if (threads_.empty()) {
            queue_.pop_back();
            return false;
        }
    }
    wake_.notify_one();
    return true;
}

void WorkerPool::start_if_needed_locked() {
    const auto most = limit_ + std::min(static_cast<unsigned>(std::max(lent_, 0)), limit_);
    if (queue_.size() <= idle_ || threads_.size() >= most) return;
    try {
        threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
        // No thread to be had: those that run already will get to it, if there are any.
    }
}

void WorkerPool::lend(int threads) {
    const std::lock_guard lock(mutex_);
    lent_ += threads;
    if (!closed_) start_if_needed_locked();
}

void WorkerPool::close() {
    std::vector<std::thread> threads;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        threads.swap(threads_);
    }
    wake_.notify_all();
    for (auto& thread : threads) thread.join();
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wake_.wait(lock, [this] { return closed_ || !queue_.empty(); });
        --idle_;
        if (queue_.empty()) return;
        auto task = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
    }
}

}  // namespace mcp_auth::host
