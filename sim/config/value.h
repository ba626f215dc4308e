// SPDX-License-Identifier: Apache-2.0
/// Any configuration value behind four small interfaces, so that loading, dumping and documenting are ordinary code.
/// bind(x) is the only template work: it looks at the type of x once. The result refers to x and must not outlive it.
/// Not supported: types that contain themselves through a list or map.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/config/check.h"
#include "sim/config/codec.h"

namespace ahbm::config {

class Scalar;
class Structure;
class List;
class Map;
using Value =
    std::variant<std::unique_ptr<Scalar>, std::unique_ptr<Structure>, std::unique_ptr<List>, std::unique_ptr<Map>>;

struct Field {
    std::string name;
    std::string doc;
    Value value;
};

class Scalar {
public:
    virtual ~Scalar() = default;
    virtual void read(const Node& node, const std::string& path) = 0;
    virtual std::string text() const = 0;
    virtual std::vector<std::string> choices() const = 0;  ///< all its values, if they are few; else none
    virtual std::string type() const = 0;  ///< with the range that the field list gives: "unsigned integer, 1 to 16"
};

class Structure {
public:
    virtual ~Structure() = default;
    virtual std::vector<Field> fields() = 0;  ///< in order of declaration
    virtual void validate(Check& check) const = 0;
};

class List {
public:
    virtual ~List() = default;
    virtual std::size_t size() const = 0;
    virtual Value element(std::size_t index) = 0;
    virtual void clear() = 0;
    virtual Value append() = 0;  ///< a default element; earlier elements must be bound anew
};

class Map {
public:
    virtual ~Map() = default;
    virtual std::vector<std::string> keys() const = 0;
    virtual Value element(const std::string& key) = 0;  ///< a default element if there was none
    virtual void clear() = 0;
};

/// The single values in a field: of an optional what it may hold, of a list its elements.
template <class T>
struct Single {
    using type = T;
};
template <class T>
struct Single<std::optional<T>> : Single<T> {};
template <class T>
struct Single<std::vector<T>> : Single<T> {};
template <class T>
using SingleOf = typename Single<T>::type;

/// What a field list may say about a field: of values that have an order, their range.
template <class T>
using Limits = std::conditional_t<Ordered<SingleOf<T>>, std::optional<Range<SingleOf<T>>>, std::monostate>;

/// Called by its full name: with two arguments from std, a bare `bind` finds std::bind.
template <class T>
Value bind(T& target, const Limits<T>& limits = {});

/// The visitor a struct's fields() sees.
class FieldList {
public:
    template <class T>
    void operator()(std::string_view name, T& field, std::string_view doc) {
        add(name, doc, config::bind(field));
    }
    template <class T, class L>
    void operator()(std::string_view name, T& field, std::string_view doc, Range<L> range) {
        using S = SingleOf<T>;
        add(name, doc,
            config::bind(field, Limits<T>(Range<S>{static_cast<S>(range.least), static_cast<S>(range.most)})));
    }
    std::vector<Field> take() { return std::move(fields_); }

private:
    void add(std::string_view name, std::string_view doc, Value value);

    std::vector<Field> fields_;
};

template <class T>
concept HasFields = requires(T& config, FieldList& list) {
    config.fields(list);
};

/// Reference is T&, or the proxy of std::vector<bool>.
template <class T, class Reference = T&>
class ScalarOf final : public Scalar {
public:
    explicit ScalarOf(Reference target, const Limits<T>& limits = {}) : target_(target), limits_(limits) {}
    void read(const Node& node, const std::string& path) override {
        if constexpr (Ordered<S>)
            target_ = Codec<T>::decode(node, path, range());
        else
            target_ = Codec<T>::decode(node, path);
    }
    std::string text() const override { return Codec<T>::encode(target_); }
    std::vector<std::string> choices() const override {
        if constexpr (requires { Codec<T>::choices(); })
            return Codec<T>::choices();
        else
            return {};
    }
    std::string type() const override {
        if constexpr (Ordered<S>)
            if (limits_)
                return Codec<T>::type() + ", " + Codec<S>::encode(limits_->least) + " to " +
                       Codec<S>::encode(limits_->most);
        return Codec<T>::type();
    }

private:
    using S = SingleOf<T>;
    Range<S> range() const requires Ordered<S> { return limits_ ? *limits_ : Codec<S>::all; }

    Reference target_;
    Limits<T> limits_;
};

template <HasFields T>
class StructureOf final : public Structure {
public:
    explicit StructureOf(T& target) : target_(target) {}
    std::vector<Field> fields() override {
        FieldList list;
        target_.fields(list);
        return list.take();
    }
    void validate(Check& check) const override {
        constexpr bool has_hook = requires(const T& config) { config.validate(check); };
        static_assert(
            has_hook || !requires { &T::validate; }, "the hook is void validate(config::Check&) const");
        if constexpr (has_hook) std::as_const(target_).validate(check);
    }

private:
    T& target_;
};

template <class T>
class ListOf final : public List {
public:
    explicit ListOf(std::vector<T>& target, const Limits<T>& limits = {}) : target_(target), limits_(limits) {}
    std::size_t size() const override { return target_.size(); }
    Value element(std::size_t index) override {
        if constexpr (std::same_as<T, bool>)
            return std::make_unique<ScalarOf<bool, std::vector<bool>::reference>>(target_[index]);
        else
            return config::bind(target_[index], limits_);
    }
    void clear() override { target_.clear(); }
    Value append() override {
        target_.push_back(T{});
        return element(target_.size() - 1);
    }

private:
    std::vector<T>& target_;
    Limits<T> limits_;
};

template <class T>
class MapOf final : public Map {
public:
    explicit MapOf(std::map<std::string, T>& target) : target_(target) {}
    std::vector<std::string> keys() const override {
        std::vector<std::string> all;
        for (const auto& [key, value] : target_) all.push_back(key);
        return all;
    }
    Value element(const std::string& key) override { return config::bind(target_[key]); }
    void clear() override { target_.clear(); }

private:
    std::map<std::string, T>& target_;
};

template <class T>
struct Binder {
    static Value make(T& target, const Limits<T>& limits) {
        if constexpr (HasFields<T>)
            return std::make_unique<StructureOf<T>>(target);
        else
            return std::make_unique<ScalarOf<T>>(target, limits);
    }
};
template <class T>
struct Binder<std::vector<T>> {
    static Value make(std::vector<T>& target, const Limits<T>& limits) {
        return std::make_unique<ListOf<T>>(target, limits);
    }
};
template <class T>
struct Binder<std::map<std::string, T>> {
    static Value make(std::map<std::string, T>& target, const Limits<std::map<std::string, T>>&) {
        return std::make_unique<MapOf<T>>(target);
    }
};

template <class T>
Value bind(T& target, const Limits<T>& limits) {
    return Binder<T>::make(target, limits);
}

}  // namespace ahbm::config
