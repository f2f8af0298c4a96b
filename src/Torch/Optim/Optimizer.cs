using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Optimizers and their schedules.</summary>
    public static partial class optim
    {
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }

        public interface IMomentum
        {
            double Momentum { get; set; }
        }

        /// <summary>Moves parameters along their gradients.</summary>
        public abstract class Optimizer : IDisposable
        {
            internal readonly List<ParamGroup> _groups = [];

            private protected Optimizer()
            {
            }

            public virtual IEnumerable<ILearningRateController> ParamGroups => _groups;

            public virtual IEnumerable<Parameter> parameters() => _groups.SelectMany(group => group.Parameters);

            public virtual void add_param_group(ParamGroup param_group) => _groups.Add(param_group);

            /// <summary>Forgets the gradients; a parameter without one does not move.</summary>
            public virtual void zero_grad()
            {
                foreach (Parameter parameter in parameters())
                    nn.Module.ClearGradient(parameter, setToNone: true);
            }

            /// <summary>Moves every parameter that has a gradient.</summary>
            /// <param name="closure">Called first where given; its loss is returned.</param>
            public virtual Tensor? step(Func<Tensor>? closure = null) => MoveAll(closure);

            public virtual void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (disposing)
                    ForgetAll();
            }

            internal abstract Tensor? MoveAll(Func<Tensor>? closure);

            internal abstract void ForgetAll();

            /// <summary>Options and states, the parameters by number.</summary>
            public class StateDictionary
            {
                internal StateDictionary()
                {
                }

                public List<OptimizerOptions> Options { get; } = [];

                public List<OptimizerState> State { get; } = [];

                /// <summary>For each group, the positions of its parameters' states.</summary>
                public List<List<int>> StateIndexRef { get; } = [];
            }
        }
    }
}
