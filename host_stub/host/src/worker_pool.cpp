#include "worker_pool.hpp"

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
    if (queue_.size() <= idle_ || threads_.size() >= limit_ + lent_) return;
    try {
        threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
        // No thread to be had: those that run already will get to it, if there are any.
    }
}

void WorkerPool::lend() {
    {
        const std::lock_guard lock(mutex_);
        ++lent_;
        if (!closed_) start_if_needed_locked();
    }
    wake_.notify_one();
}

void WorkerPool::take_back() {
    const std::lock_guard lock(mutex_);
    --lent_;
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
        // Those that were lent and taken back are there still, and only wait.
        wake_.wait(lock, [this] { return closed_ || (!queue_.empty() && busy_ < limit_ + lent_); });
        --idle_;
        if (queue_.empty()) return;
        ++busy_;
        auto task = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
        --busy_;
    }
}

}  // namespace mcp_auth::host
