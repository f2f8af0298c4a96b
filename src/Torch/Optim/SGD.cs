using Vlm.Engine;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Stochastic gradient descent with momentum and, where asked, Nesterov's look ahead.</summary>
    /// <remarks>
    /// <code>
    /// g = g + weight_decay * w
    /// b = momentum * b + (1 - dampening) * g, at first b = g
    /// w = w - lr * (nesterov ? g + momentum * b : b)
    /// </code>
    /// </remarks>
    public class SGD : OptimizerHelper, optim.IMomentum
    {
        private readonly Options _settings;

        public SGD(
            IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0,
            double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : this([new ParamGroup(parameters, new Options())], lr, momentum, dampening, weight_decay, nesterov, maximize)
        {
        }

        public SGD(
            IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0,
            double weight_decay = 0, bool nesterov = false, bool maximize = false)
        {
            if (lr < 0 || momentum < 0 || weight_decay < 0)
                throw new ArgumentException(
                    $"lr {lr}, momentum {momentum} and weight_decay {weight_decay} must not be negative");
            if (nesterov && (momentum == 0 || dampening != 0))
                throw new ArgumentException("Nesterov's look ahead needs momentum and no dampening");

            _settings = new()
            {
                LearningRate = lr,
                momentum = momentum,
                dampening = dampening,
                weight_decay = weight_decay,
                nesterov = nesterov,
                maximize = maximize,
            };
            foreach (ParamGroup group in parameters)
                add_param_group(group);
        }

        /// <summary>That of the first group; setting it sets every group's.</summary>
        public double Momentum
        {
            get => ((ParamGroup)_groups[0]).Momentum;
            set => _groups.ForEach(group => ((ParamGroup)group).Momentum = value);
        }

        public override Tensor? step(Func<Tensor>? closure = null) => base.step(closure);

        public override void add_param_group(Modules.ParamGroup param_group) => base.add_param_group(param_group);

        internal override void Complete(OptimizerOptions options) => ((Options)options).FillFrom(_settings);

        internal override OptimizerState NewState(Parameter parameter) => new State(parameter);

        internal override void Move(
            Modules.ParamGroup group, IReadOnlyList<(OptimizerState State, Tensor Gradient)> moving) =>
            DescentUpdate.Apply(moving, (Options)group.Options);

        /// <summary>Null takes the optimizer's.</summary>
        public class Options : OptimizerOptions
        {
            public double? momentum;
            public double? dampening;
            public double? weight_decay;
            public bool? nesterov;
            public bool? maximize;

            public override void LoadStateDict(OptimizerOptions source)
            {
                base.LoadStateDict(source);
                if (source is Options from)
                    (momentum, dampening, weight_decay, nesterov, maximize) =
                        (from.momentum, from.dampening, from.weight_decay, from.nesterov, from.maximize);
            }

            internal void FillFrom(Options defaults)
            {
                LearningRate ??= defaults.LearningRate;
                momentum ??= defaults.momentum;
                dampening ??= defaults.dampening;
                weight_decay ??= defaults.weight_decay;
                nesterov ??= defaults.nesterov;
                maximize ??= defaults.maximize;
            }
        }

        public class ParamGroup : ParamGroup<Options>, optim.IMomentum
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
            {
            }

            public ParamGroup(
                IEnumerable<Parameter> parameters, double lr = 0.001, double momentum = 0, double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false)
                : base(parameters, new()
                {
                    LearningRate = lr,
                    momentum = momentum,
                    dampening = dampening,
                    weight_decay = weight_decay,
                    nesterov = nesterov,
                    maximize = maximize,
                })
            {
            }

            public double Momentum
            {
                get => Options.momentum ?? 0;
                set => Options.momentum = value;
            }
        }

        /// <summary>The running sum of gradients, once there is one.</summary>
        public class State : OptimizerState, IDisposable
        {
            public Tensor? momentum_buffer;

            public State(Parameter parameter) : base(parameter)
            {
            }

            internal override IEnumerable<(string Name, Tensor? Value)> Entries =>
                [(nameof(momentum_buffer), momentum_buffer)];

            public override void Initialize(OptimizerOptions options) => Dispose();

            public override void LoadStateDict(OptimizerState source) =>
                StateMemory.Copy(ref momentum_buffer, ((State)source).momentum_buffer);

            public override bool ApproximatelyEquals(OptimizerState other) =>
                other is State state && StateMemory.Close(momentum_buffer, state.momentum_buffer);

            public override void to(Device device) => StateMemory.To(ref momentum_buffer, device);

            internal override void Restore(string name, Tensor value) => StateMemory.Copy(ref momentum_buffer, value);

            public void Dispose()
            {
                momentum_buffer?.Dispose();
                momentum_buffer = null;
                GC.SuppressFinalize(this);
            }
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(
                IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static SGD SGD(
                IEnumerable<(string name, Parameter parameter)> parameters, double learningRate, double momentum = 0,
                double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters.Select(entry => entry.parameter), learningRate, momentum, dampening, weight_decay,
                    nesterov, maximize);

            public static SGD SGD(
                IEnumerable<SGD.ParamGroup> parameters, double learningRate, double momentum = 0, double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}
