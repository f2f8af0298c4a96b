using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules one after the other, named by their positions unless names are given.</summary>
    public class Sequential : nn.Module<Tensor, Tensor>
    {
        private readonly List<nn.IModule<Tensor, Tensor>> _steps = [];

        protected Sequential(params nn.Module<Tensor, Tensor>[] modules)
            : this([.. modules.Select((module, i) => (Position(i), module))])
        {
        }

        protected internal Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules)
            : base(nameof(Sequential))
        {
            foreach ((string name, nn.Module<Tensor, Tensor> module) in modules)
                append(name, module);
        }

        public int Count => _steps.Count;

        [System.Runtime.CompilerServices.IndexerName("SequentialItems")]
        public nn.IModule<Tensor, Tensor> this[int index] => _steps[index];

        public Sequential append(nn.IModule<Tensor, Tensor> module) => append(Position(_steps.Count), module);

        public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
        {
            register_module(name, (nn.Module)module);
            _steps.Add(module);
            return this;
        }

        /// <summary>What lies between the steps is freed at once; the history keeps what it needs.</summary>
        public override Tensor forward(Tensor tensor)
        {
            Tensor current = tensor;
            foreach (nn.IModule<Tensor, Tensor> step in _steps)
            {
                Tensor next = step.call(current);
                if (!ReferenceEquals(current, tensor) && !ReferenceEquals(current, next))
                    current.Dispose();
                current = next;
            }
            return _steps.Count == 0 ? tensor.alias() : current;
        }

        internal static string Position(int index) =>
            index.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new((ValueTuple<string, Module<Tensor, Tensor>>[])[]);

            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) =>
                Sequential((IEnumerable<Module<Tensor, Tensor>>)modules);

            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) =>
                new([.. modules.Select((module, i) => (Modules.Sequential.Position(i), module))]);

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) =>
                new(modules);

            public static Sequential Sequential(
                IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) =>
                new([.. modules]);
        }
    }
}
