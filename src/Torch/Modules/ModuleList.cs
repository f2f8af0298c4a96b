using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules named by their positions.</summary>
    public class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
    {
        private readonly List<T> _items = [];

        public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => extend(modules);

        public int Count => _items.Count;

        public bool IsReadOnly => false;

        public T this[int index]
        {
            get => _items[index];
            set
            {
                _items[index] = value;
                Rename();
            }
        }

        public void append(params T[] parameters) => extend(parameters);

        public void extend(IEnumerable<T> modules)
        {
            _items.AddRange(modules);
            Rename();
        }

        public void Add(T item) => extend([item]);

        public void Insert(int index, T item)
        {
            _items.Insert(index, item);
            Rename();
        }

        public void RemoveAt(int index)
        {
            _items.RemoveAt(index);
            Rename();
        }

        public bool Remove(T item)
        {
            bool removed = _items.Remove(item);
            Rename();
            return removed;
        }

        public void Clear()
        {
            _items.Clear();
            Rename();
        }

        public bool Contains(T item) => _items.Contains(item);

        public int IndexOf(T item) => _items.IndexOf(item);

        public void CopyTo(T[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

        public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        protected override void RegisterComponents() => Rename();

        private void Rename()
        {
            ClearModules();
            for (int i = 0; i < _items.Count; i++)
                register_module(Sequential.Position(i), _items[i]);
        }
    }

    /// <summary>Modules by name, in the order they came.</summary>
    public class ModuleDict<T> : nn.Module, IEnumerable<(string, T)> where T : nn.Module
    {
        private readonly OrderedDictionary<string, T> _items = [];

        public ModuleDict() : base(nameof(ModuleDict<T>))
        {
        }

        public int Count => _items.Count;

        public bool IsReadOnly => false;

        public ICollection<string> Keys => _items.Keys;

        public ICollection<T> Values => _items.Values;

        public IEnumerable<string> keys() => _items.Keys;

        public IEnumerable<T> values() => _items.Values;

        public IEnumerator<(string, T)> items() => GetEnumerator();

        public T this[string key]
        {
            get => _items[key];
            set
            {
                _items[key] = value;
                RegisterComponents();
            }
        }

        public void clear()
        {
            _items.Clear();
            ClearModules();
        }

        public IEnumerator<(string, T)> GetEnumerator() =>
            _items.Select(entry => (entry.Key, entry.Value)).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        protected override void RegisterComponents()
        {
            ClearModules();
            foreach ((string name, T module) in _items)
                register_module(name, module);
        }

        internal void Put(string key, T value)
        {
            _items.Add(key, value);
            register_module(key, value);
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => Named(modules);

            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module => Named(modules);

            private static ModuleDict<T> Named<T>((string, T)[] modules) where T : Module
            {
                var named = new ModuleDict<T>();
                foreach ((string name, T module) in modules)
                    named.Put(name, module);
                return named;
            }
        }
    }
}
