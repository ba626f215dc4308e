// SPDX-License-Identifier: Apache-2.0
/// Who looks at a block: waves, traces, reports. Nobody, which is the rule, costs one comparison. An observer must not
/// change what it looks at, and takes no simulated time; it leaves before it is destroyed.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

namespace ahbm::sim {

/// Told whenever a block may look different from before: who draws it reads what it shows.
class ChangeObserver {
public:
    virtual ~ChangeObserver() = default;
    virtual void changed() = 0;
};

template <class Observer>
class Observers {
public:
    void add(Observer& observer) {
        if (list_ == nullptr) list_ = std::make_unique<std::vector<Observer*>>();
        list_->push_back(&observer);
    }
    void remove(Observer& observer) {
        if (list_ == nullptr) return;
        std::erase(*list_, &observer);
        if (list_->empty()) list_.reset();
    }
    explicit operator bool() const { return list_ != nullptr; }
    /// tell(&LinkObserver::reserved, port, packet, reservation)
    template <class Method, class... Arguments>
    void tell(Method method, const Arguments&... arguments) const {
        if (list_ == nullptr) return;
        for (Observer* observer : *list_) (observer->*method)(arguments...);
    }

private:
    std::unique_ptr<std::vector<Observer*>> list_;
};

/// Tells when the function that changes a block is left, whichever way.
class Change {
public:
    explicit Change(const Observers<ChangeObserver>& observers) : observers_(observers) {}
    ~Change() { observers_.tell(&ChangeObserver::changed); }
    Change(const Change&) = delete;

private:
    const Observers<ChangeObserver>& observers_;
};

}  // namespace ahbm::sim
