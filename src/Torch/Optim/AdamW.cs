using Vlm.Engine;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Adam with decoupled weight decay: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2.</summary>
    /// <remarks>
    /// <code>
    /// w = w - lr * weight_decay * w
    /// m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
    /// w = w - lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)
    /// </code>
    /// The whole group moves in a handful of native calls, without waiting for the device.
    /// </remarks>
    public class AdamW : OptimizerHelper, optim.IBetas
    {
        private readonly Options _settings;

        public AdamW(
            IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : this([new ParamGroup(parameters, new Options())], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
        {
        }

        public AdamW(
            IEnumerable<ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        {
            AdamUpdate.RequireSound(lr, beta1, beta2, eps, weight_decay);
            _settings = new()
            {
                LearningRate = lr,
                beta1 = beta1,
                beta2 = beta2,
                eps = eps,
                weight_decay = weight_decay,
                amsgrad = amsgrad,
                maximize = maximize,
            };
            foreach (ParamGroup group in parameters)
                add_param_group(group);
        }

        /// <summary>Those of the first group; setting them sets every group's.</summary>
        public (double, double) Betas
        {
            get => ((ParamGroup)_groups[0]).Betas;
            set => _groups.ForEach(group => ((ParamGroup)group).Betas = value);
        }

        public override Tensor? step(Func<Tensor>? closure = null) => base.step(closure);

        public override void add_param_group(Modules.ParamGroup param_group) => base.add_param_group(param_group);

        internal override void Complete(OptimizerOptions options) => ((Options)options).FillFrom(_settings);

        internal override OptimizerState NewState(Parameter parameter) => new State(parameter);

        internal override void Move(
            Modules.ParamGroup group, IReadOnlyList<(OptimizerState State, Tensor Gradient)> moving) =>
            AdamUpdate.Apply(moving, ((Options)group.Options).Settings);

        /// <summary>Null takes the optimizer's.</summary>
        public class Options : OptimizerOptions
        {
            public double? beta1;
            public double? beta2;
            public double? eps;
            public double? weight_decay;
            public bool? amsgrad;
            public bool? maximize;

            internal AdamSettings Settings => new(
                LearningRate!.Value, beta1!.Value, beta2!.Value, eps!.Value, weight_decay!.Value, Decoupled: true,
                amsgrad!.Value, maximize!.Value);

            public override void LoadStateDict(OptimizerOptions source)
            {
                base.LoadStateDict(source);
                if (source is Options from)
                    (beta1, beta2, eps, weight_decay, amsgrad, maximize) =
                        (from.beta1, from.beta2, from.eps, from.weight_decay, from.amsgrad, from.maximize);
            }

            internal void FillFrom(Options defaults)
            {
                LearningRate ??= defaults.LearningRate;
                beta1 ??= defaults.beta1;
                beta2 ??= defaults.beta2;
                eps ??= defaults.eps;
                weight_decay ??= defaults.weight_decay;
                amsgrad ??= defaults.amsgrad;
                maximize ??= defaults.maximize;
            }
        }

        public class ParamGroup : ParamGroup<Options>, optim.IBetas
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
            {
            }

            public ParamGroup(
                IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : base(parameters, new()
                {
                    LearningRate = lr,
                    beta1 = beta1,
                    beta2 = beta2,
                    eps = eps,
                    weight_decay = weight_decay,
                    amsgrad = amsgrad,
                    maximize = maximize,
                })
            {
            }

            public (double, double) Betas
            {
                get => (Options.beta1 ?? 0.9, Options.beta2 ?? 0.999);
                set => (Options.beta1, Options.beta2) = value;
            }
        }

        /// <summary>The running means of the gradient and of its square.</summary>
        public class State : OptimizerState, IMoments, IDisposable
        {
            public long step;
            public Tensor exp_avg = null!;
            public Tensor exp_avg_sq = null!;
            public Tensor? max_exp_avg_sq;

            public State(Parameter parameter) : base(parameter)
            {
            }

            Parameter IMoments.Parameter => _parameter;

            Tensor IMoments.Mean => exp_avg;

            Tensor IMoments.Square => exp_avg_sq;

            Tensor? IMoments.LargestSquare => max_exp_avg_sq;

            internal override long Steps
            {
                get => step;
                set => step = value;
            }

            internal override IEnumerable<(string Name, Tensor? Value)> Entries =>
                [(nameof(exp_avg), exp_avg), (nameof(exp_avg_sq), exp_avg_sq), (nameof(max_exp_avg_sq), max_exp_avg_sq)];

            public override void Initialize(OptimizerOptions options)
            {
                Dispose();
                step = 0;
                exp_avg = StateMemory.Like(_parameter);
                exp_avg_sq = StateMemory.Like(_parameter);
                max_exp_avg_sq = ((Options)options).amsgrad == true ? StateMemory.Like(_parameter) : null;
            }

            public override void LoadStateDict(OptimizerState source)
            {
                var from = (State)source;
                step = from.step;
                StateMemory.Copy(ref exp_avg!, from.exp_avg);
                StateMemory.Copy(ref exp_avg_sq!, from.exp_avg_sq);
                StateMemory.Copy(ref max_exp_avg_sq, from.max_exp_avg_sq);
            }

            public override bool ApproximatelyEquals(OptimizerState other) =>
                other is State state && state.step == step && StateMemory.Close(exp_avg, state.exp_avg) &&
                StateMemory.Close(exp_avg_sq, state.exp_avg_sq) &&
                StateMemory.Close(max_exp_avg_sq, state.max_exp_avg_sq);

            public override void to(Device device)
            {
                StateMemory.To(ref exp_avg!, device);
                StateMemory.To(ref exp_avg_sq!, device);
                StateMemory.To(ref max_exp_avg_sq, device);
            }

            internal override void Restore(string name, Tensor value) => _ = name switch
            {
                nameof(exp_avg) => StateMemory.Copy(ref exp_avg!, value),
                nameof(exp_avg_sq) => StateMemory.Copy(ref exp_avg_sq!, value),
                nameof(max_exp_avg_sq) => StateMemory.Copy(ref max_exp_avg_sq, value),
                _ => throw new ArgumentException($"AdamW keeps no '{name}'", nameof(name)),
            };

            public void Dispose()
            {
                exp_avg?.Dispose();
                exp_avg_sq?.Dispose();
                max_exp_avg_sq?.Dispose();
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
            public static AdamW AdamW(
                IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(
                IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.001, double beta1 = 0.9,
                double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false,
                bool maximize = false) =>
                new(parameters.Select(entry => entry.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(
                IEnumerable<AdamW.ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
