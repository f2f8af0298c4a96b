using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Neural-network modules and the functions behind them.</summary>
    public static partial class nn
    {
        /// <summary>A tree of parameters, buffers and submodules under PyTorch's dotted names.</summary>
        /// <remarks>
        /// What is registered belongs to no dispose scope; <see cref="Dispose()"/> frees it. Moving a module keeps its
        /// parameter objects and exchanges their memory, so optimizers and fields stay valid.
        /// </remarks>
        public abstract partial class Module : IDisposable
        {
            private readonly OrderedDictionary<string, Parameter> _ownParameters = [];
            private readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> _ownBuffers = [];
            private readonly OrderedDictionary<string, Module> _ownModules = [];
            private readonly string _name;

            protected Module(string name) => _name = name;

            public bool training { get; private set; } = true;

            public virtual string GetName() => _name;

            /// <summary>A null parameter, such as the bias of a layer without one, registers nothing.</summary>
            public virtual void register_parameter(string name, Parameter? param)
            {
                if (param is not null)
                    _ownParameters.Add(NewName(name), (Parameter)param.DetachFromDisposeScope());
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true) =>
                _ownBuffers.Add(NewName(name), (tensor.DetachFromDisposeScope(), persistent));

            public virtual void register_module(string name, Module submodule)
            {
                if (ReferenceEquals(submodule, this))
                    throw new ArgumentException($"module '{_name}' cannot contain itself", nameof(submodule));

                _ownModules.Add(NewName(name), submodule);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Registers what the fields hold, by name; call it last in the constructor.</summary>
            protected virtual void RegisterComponents()
            {
                foreach (FieldInfo field in ComponentFields())
                {
                    string name = field.ComponentName();
                    if (!IsTaken(name))
                        Register(name, field.GetValue(this));
                }
            }

            protected void ClearModules() => _ownModules.Clear();

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                Distinct(_ownParameters.Select(entry => (entry.Key, entry.Value)), recurse,
                    module => module.named_parameters(true));

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(entry => entry.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(
                bool recurse = true, bool include_nonpersistent = true) =>
                Distinct(
                    _ownBuffers.Where(entry => include_nonpersistent || entry.Value.Persistent)
                        .Select(entry => (entry.Key, entry.Value.Tensor)),
                    recurse, module => module.named_buffers(true, include_nonpersistent));

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(entry => entry.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() =>
                _ownModules.Select(entry => (entry.Key, entry.Value));

            public virtual IEnumerable<Module> children() => _ownModules.Values;

            /// <summary>The children, then what is below each; the module itself is not among them.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() =>
                named_children().Concat(
                    from child in named_children()
                    from below in child.module.named_modules()
                    select ($"{child.name}.{below.name}", below.module));

            public virtual IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            public virtual bool has_parameter(string target) => Find(named_parameters(), target) is not null;

            public virtual Parameter? get_parameter(string target) => Find(named_parameters(), target);

            public virtual bool has_buffer(string target) => Find(named_buffers(), target) is not null;

            public virtual Tensor? get_buffer(string target) => Find(named_buffers(), target);

            private static T? Find<T>(IEnumerable<(string Name, T Item)> entries, string target) where T : class =>
                entries.FirstOrDefault(entry => entry.Name == target).Item;

            /// <summary>The fields of the module's classes, those of the base classes first.</summary>
            private IEnumerable<FieldInfo> ComponentFields()
            {
                const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic |
                    BindingFlags.DeclaredOnly;
                var lineage = new Stack<Type>();
                for (Type type = GetType(); type.Assembly != typeof(Module).Assembly; type = type.BaseType!)
                    lineage.Push(type);
                return lineage.SelectMany(type => type.GetFields(Own));
            }

            private void Register(string name, object? value)
            {
                switch (value)
                {
                    case Module module:
                        register_module(name, module);
                        break;
                    case Parameter parameter:
                        register_parameter(name, parameter);
                        break;
                    case Tensor tensor:
                        register_buffer(name, tensor);
                        break;
                }
            }

            private IEnumerable<(string, T)> Distinct<T>(
                IEnumerable<(string, T)> own, bool recurse, Func<Module, IEnumerable<(string, T)>> inside) where T : class
            {
                var seen = new HashSet<T>(ReferenceEqualityComparer.Instance);
                foreach ((string name, T item) in own)
                    if (seen.Add(item))
                        yield return (name, item);

                if (!recurse)
                    yield break;
                foreach ((string child, Module module) in named_children())
                    foreach ((string name, T item) in inside(module))
                        if (seen.Add(item))
                            yield return ($"{child}.{name}", item);
            }

            /// <summary>Puts another parameter under a name, or none.</summary>
            internal Parameter? Replace(string name, Parameter? parameter)
            {
                _ownParameters.Remove(name);
                register_parameter(name, parameter);
                return parameter;
            }

            private bool IsTaken(string name) =>
                _ownParameters.ContainsKey(name) || _ownBuffers.ContainsKey(name) || _ownModules.ContainsKey(name);

            private string NewName(string name)
            {
                if (name.Length == 0 || name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"'{name}' cannot name a component: empty, or with a dot", nameof(name));

                return IsTaken(name)
                    ? throw new ArgumentException($"module '{_name}' already has a component '{name}'", nameof(name))
                    : name;
            }
        }
    }
}
