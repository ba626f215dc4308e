// SPDX-License-Identifier: Apache-2.0
/// Any configuration value behind four small interfaces, so that loading, dumping and documenting are ordinary code.
/// bind(x) is the only template work: it looks at the type of x once. The result refers to x and must not outlive it.
/// Not supported: types that contain themselves through a list or map.
#pragma once

#include <map>
#include <memory>
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
    virtual std::string type() const = 0;
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

template <class T>
Value bind(T& target);

/// The visitor a struct's fields() sees.
class FieldList {
public:
    template <class T>
    void operator()(std::string_view name, T& field, std::string_view doc) {
        add(name, doc, bind(field));
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
    explicit ScalarOf(Reference target) : target_(target) {}
    void read(const Node& node, const std::string& path) override { target_ = Codec<T>::decode(node, path); }
    std::string text() const override { return Codec<T>::encode(target_); }
    std::string type() const override { return Codec<T>::type(); }

private:
    Reference target_;
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
    explicit ListOf(std::vector<T>& target) : target_(target) {}
    std::size_t size() const override { return target_.size(); }
    Value element(std::size_t index) override {
        if constexpr (std::same_as<T, bool>)
            return std::make_unique<ScalarOf<bool, std::vector<bool>::reference>>(target_[index]);
        else
            return bind(target_[index]);
    }
    void clear() override { target_.clear(); }
    Value append() override {
        target_.push_back(T{});
        return element(target_.size() - 1);
    }

private:
    std::vector<T>& target_;
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
    Value element(const std::string& key) override { return bind(target_[key]); }
    void clear() override { target_.clear(); }

private:
    std::map<std::string, T>& target_;
};

template <class T>
struct Binder {
    static Value make(T& target) {
        if constexpr (HasFields<T>)
            return std::make_unique<StructureOf<T>>(target);
        else
            return std::make_unique<ScalarOf<T>>(target);
    }
};
template <class T>
struct Binder<std::vector<T>> {
    static Value make(std::vector<T>& target) { return std::make_unique<ListOf<T>>(target); }
};
template <class T>
struct Binder<std::map<std::string, T>> {
    static Value make(std::map<std::string, T>& target) { return std::make_unique<MapOf<T>>(target); }
};

template <class T>
Value bind(T& target) {
    return Binder<T>::make(target);
}

}  // namespace ahbm::config
